import { entryFiles } from './house-table.ts';
import { packageEntries, type Finding, type Project, type SourceFile } from './project.ts';

/** Files that nothing reaches and exports that nobody imports. */
export function deadFindings(project: Project): Finding[] {
  const mentions = new Set<string>();
  for (const { mentions: some } of project.files) for (const text of some) mentions.add(text);
  const started = [...project.manifests.values()].flatMap((manifest) => [
    ...Object.values(manifest.scripts ?? {}),
  ]);
  const entries = new Set(packageEntries(project.manifests).values());
  const isEntry = ({ path }: SourceFile): boolean =>
    entries.has(path) ||
    entryFiles.some((pattern) => pattern.test(path)) ||
    [...mentions].some((text) => endsWithPath(path, text)) ||
    started.some((script) => script.includes(path.slice(path.lastIndexOf('/') + 1)));
  const sources = project.files.filter(({ path }) => path.endsWith('.ts'));
  const used = usedExports(project.files);
  return sources.flatMap((file) => {
    const imported = used.get(file.path);
    if (imported === undefined && !isEntry(file)) {
      const problem = 'nothing imports or starts this file';
      return [{ file: file.path, line: 1, problem, mend: 'delete it' }];
    }
    return deadExports(file, imported ?? new Set(), entries.has(file.path));
  });
}

function deadExports(file: SourceFile, imported: ReadonlySet<string>, isDoor: boolean): Finding[] {
  if (imported.has('*') || /\.generated\.ts$/.test(file.path)) return [];
  return file.exports
    .filter(({ name, isType }) => {
      if (imported.has(name)) return false;
      // A type may be exported for readers of a signature: at the door, or where it is used.
      return !(isType && (isDoor || usedInside(file.text, name)));
    })
    .map(({ name, line }) => ({
      file: file.path,
      line,
      problem: `nobody imports "${name}"`,
      mend: 'drop the export, or the code',
    }));
}

function usedInside(text: string, name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`, 'g');
  return (text.match(word)?.length ?? 0) > 1;
}

/** Path → names imported from it. A re-export passes on what is imported from the index. */
function usedExports(files: readonly SourceFile[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const reach = (path: string): Set<string> => {
    const names = used.get(path) ?? new Set<string>();
    used.set(path, names);
    return names;
  };
  for (const file of files) {
    for (const taken of file.imports) {
      if (taken.target === undefined) continue;
      const names = reach(taken.target);
      if (taken.exportedAs === undefined && !isStarExport(file, taken.line)) {
        for (const name of taken.names) names.add(name);
      }
    }
  }
  // Re-exports of re-exports need more than one round; each round can only add names.
  for (let grew = true; grew;) {
    grew = false;
    for (const file of files) {
      for (const taken of file.imports) {
        if (taken.target === undefined) continue;
        const names = reach(taken.target);
        const before = names.size;
        const wanted = used.get(file.path) ?? new Set<string>();
        for (const [index, name] of (taken.exportedAs ?? []).entries()) {
          if (wanted.has(name) || wanted.has('*')) names.add(taken.names[index] ?? name);
        }
        if (isStarExport(file, taken.line)) for (const name of wanted) names.add(name);
        grew ||= names.size > before;
      }
    }
  }
  return used;
}

function isStarExport(file: SourceFile, line: number): boolean {
  return /^export (type )?\* from/.test(file.text.split('\n')[line - 1] ?? '');
}

function endsWithPath(path: string, mention: string): boolean {
  const plain = mention.replace(/^(\.{0,2}\/)+/, '');
  return path === plain || path.endsWith(`/${plain}`);
}
