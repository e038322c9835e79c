import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import owasp from '@stoplight/spectral-owasp-ruleset';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { describeApi } from '@wallet/api-edge';

type ApiDocument = { paths: Record<string, unknown> } & Record<string, unknown>;

const redocly = fileURLToPath(
  new URL('../../node_modules/@redocly/cli/bin/cli.js', import.meta.url),
);

/** Every rule there is, whatever its severity: a list of one line a finding. */
async function spectralFindings(document: object): Promise<string[]> {
  const spectral = new spectralCore.Spectral();
  spectral.setRuleset({
    extends: [rulesets.oas, owasp].map((rules) => [rules as unknown as RulesetDefinition, 'all']),
  });
  const found = await spectral.run(document as Record<string, unknown>);
  return found.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`);
}

async function redoclyFindings(document: object): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-document-'));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  try {
    const options = ['lint', '--extends=recommended-strict', '--format=json', file];
    const env = {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    };
    const { stdout } = await promisify(execFile)(process.execPath, [redocly, ...options], { env })
      // It exits with 1 when it has findings.
      .catch((error: Error & { stdout?: string }) => ({ stdout: error.stdout ?? error.message }));
    const report = JSON.parse(stdout) as {
      problems: { ruleId: string; message: string; location: { pointer?: string }[] }[];
    };
    return report.problems.map(
      ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The part of a document that is about one path: linting all of it takes a minute. */
function only(path: string, document: ApiDocument): ApiDocument {
  return { ...document, paths: { [path]: document.paths[path] } };
}

const real = describeApi({ sandbox: false }) as ApiDocument;
const sandbox = describeApi({ sandbox: true }) as ApiDocument;

test('the sandbox differs in the payments it takes alone', () => {
  const differing = Object.keys({ ...real.paths, ...sandbox.paths }).filter(
    (path) => JSON.stringify(real.paths[path]) !== JSON.stringify(sandbox.paths[path]),
  );
  expect(differing).toEqual(['/payments']);
});

describe.each([
  ['the document', real],
  ['the payments of the sandbox', only('/payments', sandbox)],
])('%s', (_, document) => {
  test('has no finding of spectral with the rules of OpenAPI and OWASP', async () => {
    const found = await spectralFindings(document);
    // What other paths use is not used in a part.
    const unused = document === real ? [] : found.filter((text) => text.startsWith('oas3-unused'));
    expect(found.filter((text) => !unused.includes(text))).toEqual([]);
  });
});

test.each([
  ['the document', real],
  ['that of the sandbox', sandbox],
])('redocly has no finding in %s', async (_, document) => {
  expect(await redoclyFindings(document)).toEqual([]);
});

test('the gates see: a text without bounds, an example that is none', async () => {
  const text = JSON.stringify(only('/payments', real));
  const unbounded = JSON.parse(text.replaceAll('"maxLength":36', '"minLength":1')) as object;
  expect((await spectralFindings(unbounded)).join()).toContain('owasp:api4:2023-string-limit');
  const wrong = JSON.parse(
    text.replaceAll(/"amount_minor":1250(?!\d)/g, '"amount_minor":"x"'),
  ) as object;
  expect((await redoclyFindings(wrong)).join()).toContain('example');
});
