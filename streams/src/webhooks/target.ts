import { lookup as lookupByCallback, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Addresses that may be called although they are not public: `127.0.0.1:20000-29999`. */
export type AllowedTargets = readonly { address: string; fromPort: number; toPort: number }[];

/** What is wrong with a URL, as a sentence for whoever gave it; null when nothing is. */
export type TargetProblem = string | null;

const allowedForm = /^(?<address>\d+\.\d+\.\d+\.\d+|\[[\da-f:]+\]):(?<from>\d+)(?:-(?<to>\d+))?$/i;

/**
 * Reads WALLET_WEBHOOK_ALLOW: addresses with a port or a range of ports, separated by commas.
 * @throws RangeError when it is not of that form
 */
export function readAllowedTargets(text: string): AllowedTargets {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const { address, from, to } = allowedForm.exec(part)?.groups ?? {};
    const bare = address?.replace(/^\[|\]$/g, '') ?? '';
    if (isIP(bare) === 0) throw new RangeError(`"${part}" is no address:port or address:port-port`);
    return { address: bare, fromPort: Number(from), toPort: Number(to ?? from) };
  });
}

/** Whether a URL names an allowed address itself; a name that resolves to one is not enough. */
export function isAllowedTarget(url: URL, allowed: AllowedTargets): boolean {
  const host = bareHost(url);
  const port = portOf(url);
  return allowed.some(
    ({ address, fromPort, toPort }) => address === host && port >= fromPort && port <= toPort,
  );
}

/** Of version 6, all that has been given out is in here: old forms of mapping are not. */
const global6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public means routed on the internet to one machine: nothing private, mapped or translated. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? parsed.match(global6) : true;
}

/** All addresses of a name, as `dns.lookup` answers. */
export type LookupAll = (
  host: string,
  options: LookupAllOptions,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * For an agent: looks a name up as Node does, and fails with `not_public` when any of its addresses
 * is not public. What it answers is what is connected to: no second look-up can say otherwise.
 */
export function createPublicLookup(lookupAll: LookupAll = lookupByCallback): LookupFunction {
  return (host, options, answer) => {
    lookupAll(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return answer(error, []);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        const refusal = new Error(`${host} is not public`);
        return answer(Object.assign(refusal, { code: 'not_public' }), []);
      }
      if (options.all === true) answer(null, addresses);
      else answer(null, first.address, first.family);
    });
  };
}

/**
 * What a URL may be before anybody resolves it: HTTPS without credentials or fragment, to a name or
 * a public address; to allowed targets also HTTP. The URL parser has turned every spelling of an
 * address (octal, hexadecimal, one number) into the usual one.
 */
export function problemOfUrl(text: string, allowed: AllowedTargets): TargetProblem {
  if (!URL.canParse(text)) return 'It is no URL.';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'It must hold no credentials.';
  if (url.hash !== '') return 'It must hold no fragment.';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'It must begin with https://.';
  if (isAllowedTarget(url, allowed)) return null;
  if (url.protocol !== 'https:') return 'It must begin with https://.';
  const host = bareHost(url);
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : 'Its address is not public.';
  return isLocalName(host) ? 'Its name is not public.' : null;
}

/**
 * The same, and where its name leads now. A name that nobody answers for is let through: it is
 * looked at again whenever something is sent there.
 */
export async function problemOfTarget(
  text: string,
  allowed: AllowedTargets,
  resolve: (host: string) => Promise<readonly string[]> = addressesOf,
): Promise<TargetProblem> {
  const problem = problemOfUrl(text, allowed);
  if (problem !== null) return problem;
  const url = new URL(text);
  const host = bareHost(url);
  if (isIP(host) !== 0) return null;
  return (await resolve(host)).every(isPublicAddress)
    ? null
    : 'Its name leads to a private address.';
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** Names that a resolver at home answers for (RFC 6761, 6762, 8375 and clouds' own). */
function isLocalName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return !name.includes('.') || /\.(localhost|local|internal|home\.arpa|lan|intranet)$/i.test(name);
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return []; // nobody answers for it now
  }
}
