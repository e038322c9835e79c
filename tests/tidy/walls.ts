import { builtinModules } from 'node:module';
import { arrows, drivers } from './house-table.ts';
import type { Finding, Import, Project, SourceFile } from './project.ts';

/** Arrows between packages, one driver per package, declared dependencies, cycles. */
export function wallFindings(project: Project): Finding[] {
  const findings: Finding[] = [];
  for (const file of project.files) {
    for (const taken of file.imports) {
      const problem = crossing(project, file, taken);
      if (problem !== undefined) findings.push({ file: file.path, line: taken.line, ...problem });
    }
  }
  return [...findings, ...secondDriverFiles(project), ...cycles(project)];
}

const builtins = new Set(builtinModules);

/** `@scope/name/deep` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function crossing(
  { manifests }: Project,
  file: SourceFile,
  taken: Import,
): { problem: string; mend: string } | undefined {
  const { specifier } = taken;
  if (specifier.startsWith('.')) {
    const depth = file.path.split('/').length - 1 - file.room.split('/').filter(Boolean).length;
    const up = specifier.split('/').filter((part) => part === '..').length;
    if (up <= depth || file.room === '') return undefined;
    return { problem: `${specifier} leaves the package`, mend: 'import the package by its name' };
  }
  if (specifier.startsWith('node:') || builtins.has(specifier)) return undefined;
  const name = packageOf(specifier);
  const own = manifests.get(file.room);
  const declared = { ...own?.dependencies, ...own?.devDependencies };
  const atRoot = manifests.get('')?.devDependencies ?? {};
  const forTests = file.path.endsWith('.test.ts') || file.room === 'tests' || file.room === '';
  if (name === own?.name) {
    return { problem: `${name} imports itself by name`, mend: 'import the file by its path' };
  }
  if (name.startsWith('@wallet/') && !(arrows[file.room] ?? []).includes(name)) {
    return {
      problem: `no arrow from ${file.room} to ${name}`,
      mend: 'move the code, or write a decision record and add the arrow to house-table.ts',
    };
  }
  const driver = drivers[name];
  if (driver !== undefined && !driver.rooms.includes(file.room)) {
    const mend = `go through the package that owns it (${driver.rooms.join(', ')})`;
    return { problem: `${name} outside its room`, mend };
  }
  if (!(name in declared) && !(forTests && name in atRoot)) {
    return { problem: `${name} is not declared`, mend: `add it to ${file.room}/package.json` };
  }
  return undefined;
}

function secondDriverFiles({ files }: Project): Finding[] {
  const findings: Finding[] = [];
  for (const [name, { oneFile }] of Object.entries(drivers)) {
    if (oneFile !== true) continue;
    const owners = new Map<string, string>();
    for (const file of files) {
      if (/\.test\.ts$|\/testing\//.test(file.path) || file.room === 'tests') continue;
      const taken = file.imports.find((i) => packageOf(i.specifier) === name && !i.typeOnly);
      if (taken === undefined) continue;
      const owner = owners.get(file.room);
      owners.set(file.room, owner ?? file.path);
      if (owner === undefined) continue;
      const problem = `${name} is already opened in ${owner}`;
      findings.push({ file: file.path, line: taken.line, problem, mend: 'take it from there' });
    }
  }
  return findings;
}

/** Depth-first over value imports; each cycle is told once, at the import that closes it. */
function cycles({ files }: Project): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const findings: Finding[] = [];
  const walk = (file: SourceFile, trail: string[]): void => {
    state.set(file.path, 'open');
    for (const taken of file.imports) {
      if (taken.typeOnly || taken.target === undefined) continue;
      const next = byPath.get(taken.target);
      if (next === undefined) continue;
      if (state.get(next.path) === 'open') {
        const loop = [...trail.slice(trail.indexOf(next.path)), next.path].join(' → ');
        const mend = 'move what both need into a third file';
        findings.push({ file: file.path, line: taken.line, problem: `cycle ${loop}`, mend });
      } else if (!state.has(next.path)) walk(next, [...trail, next.path]);
    }
    state.set(file.path, 'done');
  };
  for (const file of files) if (!state.has(file.path)) walk(file, [file.path]);
  return findings;
}
