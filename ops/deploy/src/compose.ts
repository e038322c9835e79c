import { stringify } from 'yaml';
import { deployStep, parts, sharedSettings, statusPort, type Part } from './parts.ts';

const head = `# Written by \`npm run manifests -w @wallet/deploy\` from ops/deploy/src: the whole
# product on one machine, beside the servers of ops/stack/compose.yaml; secrets come from the
# environment.
#   docker compose -f ops/stack/compose.yaml -f ops/deploy/compose.yaml up --build
`;

const needed = (name: string): string => `\${${name}:?set ${name}}`;
/** The database beside it knows no password; elsewhere its address is a secret. */
const DATABASE_URL = 'postgres://wallet@postgres:5432/wallet';

/** The compose file of all parts. */
export function renderCompose(): string {
  const servers = ['postgres', 'redis', 'kafka-1', 'registry'];
  const image = {
    build: { context: '../..', dockerfile: 'ops/deploy/Dockerfile' },
    image: 'wallet',
  };
  const services = {
    deploy: {
      ...image,
      command: [...deployStep.command],
      environment: { DATABASE_URL, ...sharedSettings },
      depends_on: servers,
      restart: 'on-failure',
    },
    ...Object.fromEntries(
      parts.map((part) => [part.name, { image: 'wallet', ...serviceOf(part) }]),
    ),
  };
  return head + stringify({ services }, { lineWidth: 100 });
}

function serviceOf({ command, settings, secrets, port }: Part) {
  const own = Object.fromEntries(secrets.map((name) => [name, needed(name)]));
  return {
    command: [...command],
    environment: {
      ...sharedSettings,
      ...settings,
      STATUS_PORT: String(statusPort),
      STATUS_HOST: '::',
      ...own,
      DATABASE_URL,
    },
    depends_on: { deploy: { condition: 'service_completed_successfully' } },
    restart: 'unless-stopped',
    ...(port === undefined ? {} : { ports: [`127.0.0.1:${port}:${port}`] }),
    healthcheck: {
      test: [
        'CMD',
        'node',
        '-e',
        `fetch('http://127.0.0.1:${statusPort}/readyz').then((r) => process.exit(r.ok ? 0 : 1))`,
      ],
      interval: '5s',
      start_period: '30s',
    },
  };
}
