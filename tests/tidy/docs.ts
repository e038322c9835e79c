import { posix } from 'node:path';
import type { Finding, Manifest, Project, SourceFile } from './project.ts';

/** Every page leads to what exists: its links to files, its commands to scripts. */
export function docFindings({ files, manifests }: Project): Finding[] {
  const places = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const commands = operatorCommands(files);
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const problems = [
          ...deadLinks(path, line, places),
          ...unknownScripts(line, manifests),
          ...unknownCommands(line, commands),
        ];
        return problems.map((problem) => ({
          ...{ file: path, line: index + 1, problem },
          mend: 'name what is there now',
        }));
      }),
    );
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

function deadLinks(path: string, line: string, places: ReadonlySet<string>): string[] {
  const targets = [...line.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const place = posix.join(posix.dirname(path), target).replace(/\/$/, '');
      return !places.has(place);
    })
    .map((target) => `a link to ${target}, which is not there`);
}

/** `npm run NAME`, and `-w WORKSPACE` before or behind it: by its name or its folder. */
function unknownScripts(line: string, manifests: Project['manifests']): string[] {
  return [...line.matchAll(/npm run ([^`\n]*)/g)].flatMap(([, rest = '']) => {
    const workspace = /-w (\S+)/.exec(rest)?.[1];
    const [name = ''] = rest
      .replace(/-w \S+/, '')
      .trim()
      .split(/[\s,;.)]/);
    const scripts = manifestOf(workspace, manifests)?.scripts ?? {};
    return name in scripts ? [] : [`npm run ${name} is no script of ${workspace ?? 'the root'}`];
  });
}

function manifestOf(
  workspace: string | undefined,
  manifests: Project['manifests'],
): Manifest | undefined {
  if (workspace === undefined) return manifests.get('');
  const named = [...manifests.values()].find(({ name }) => name === workspace);
  return named ?? manifests.get(workspace);
}

const table = 'ops/stack/src/commands/table.ts';

function operatorCommands(files: readonly SourceFile[]): string[] {
  const { text = '' } = files.find(({ path }) => path === table) ?? {};
  return [...text.matchAll(/^ {4}usage: '([a-z-]+)/gm)].map(([, name = '']) => name);
}

function unknownCommands(line: string, commands: readonly string[]): string[] {
  return [...line.matchAll(/npm run wallet -- ([a-z-]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !commands.includes(name))
    .map((name) => `npm run wallet -- ${name} is no command`);
}
