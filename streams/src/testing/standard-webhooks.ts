import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Arrival } from './webhook-sinks.ts';

const version = '1.0.1';

/** Beside what the launcher keeps: outside the checkout, shared by all clones. */
function libraryFolder(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = process.env['STACK_CACHE'] ?? join(caches, 'wallet-stack');
  return join(folder, `standardwebhooks-python-${version}`);
}

/** Reads one JSON of secret and requests; writes the id of the first that does not verify. */
const verifier = `
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
given = json.load(sys.stdin)
for request in given["requests"]:
    try:
        Webhook(given["secret"]).verify(request["body"], request["headers"])
    except WebhookVerificationError:
        print(request["headers"]["webhook-id"])
        break
`;

/**
 * Verifies requests with the Python library of Standard Webhooks, from PyPI, installed once.
 * @returns the id of the first that does not verify; null when all do
 */
export async function findRefusedSignature(
  secret: string,
  requests: readonly Arrival[],
): Promise<string | null> {
  const folder = libraryFolder();
  if (!existsSync(folder)) await install(folder);
  const asked = { secret, requests: requests.map(({ headers, body }) => ({ headers, body })) };
  const output = await run(['-c', verifier], JSON.stringify(asked), { PYTHONPATH: folder });
  return output.trim() === '' ? null : output.trim();
}

async function install(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const target = mkdtempSync(`${folder}-`);
  const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--target', target];
  await run(['-m', 'pip', 'install', ...options, `standardwebhooks==${version}`], '', {});
  try {
    renameSync(target, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // somebody else was faster
  }
}

function run(
  args: readonly string[],
  input: string,
  variables: NodeJS.ProcessEnv,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, { env: { ...process.env, ...variables } });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (complaint += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`python3 ended with ${code}: ${complaint.slice(-500)}`));
    });
    child.stdin.end(input);
  });
}
