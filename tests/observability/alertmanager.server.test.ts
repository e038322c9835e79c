import { expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.ts';

type Told = { labels: Record<string, string>; status: { state: string } };

/** That of the stack under test; nobody but this test tells it of a `region`. */
const url = process.env['ALERTMANAGER_URL'] ?? '';
const region = `test-${process.pid}-${Date.now()}`;

async function tell(alerts: readonly { alertname: string; severity: string }[]): Promise<void> {
  const body = JSON.stringify(alerts.map((labels) => ({ labels: { ...labels, region } })));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
}

/** State of each alert of ours, by name and severity. */
async function states(): Promise<Record<string, string>> {
  const filter = encodeURIComponent(`region="${region}"`);
  const found = (await (await fetch(`${url}/api/v2/alerts?filter=${filter}`)).json()) as Told[];
  return Object.fromEntries(
    found.map(({ labels, status }) => [
      `${labels['alertname']} ${labels['severity']}`,
      status.state,
    ]),
  );
}

test('the stack has an Alertmanager (Debian: apt-get install -y prometheus-alertmanager)', () => {
  expect(url).toMatch(/^http:/);
});

test('whoever is woken is woken for the cause, and for wrong money always', async () => {
  await tell([
    { alertname: 'DatabaseAway', severity: 'page' },
    { alertname: 'EdgeErrors', severity: 'page' },
    { alertname: 'OutboxOld', severity: 'page' },
    { alertname: 'LedgerWrong', severity: 'page' },
    { alertname: 'FraudSlow', severity: 'page' },
    { alertname: 'FraudSlow', severity: 'ticket' },
  ]);
  // An alert is judged when its group is first told, seconds after it came.
  await waitFor(
    async () => {
      const now = await states();
      return Object.keys(now).length === 6 && !Object.values(now).includes('unprocessed');
    },
    'Alertmanager to have judged six alerts',
    30_000,
  );
  expect(await states()).toEqual({
    'DatabaseAway page': 'active',
    'EdgeErrors page': 'suppressed',
    'OutboxOld page': 'suppressed',
    'LedgerWrong page': 'active',
    'FraudSlow page': 'active',
    'FraudSlow ticket': 'suppressed',
  });
}, 40_000);
