import { forbiddenFolders, mostColumns, mostLines, writtenByTools } from './house-table.ts';
import type { Finding, Project, SourceFile } from './project.ts';

/** File sizes, columns, names of files and folders, and texts that must not be committed. */
export function formFindings({ files }: Project): Finding[] {
  return files
    .filter(({ path }) => !writtenByTools.some((pattern) => pattern.test(path)))
    .flatMap((file) => [...sizes(file), ...names(file), ...forbiddenTexts(file)]);
}

const measured = /\.([mc]?[jt]s|sql|lua|rules)$/;
const plainName = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const namesOfOthers = ['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'Dockerfile'];
/** A runbook is named after its alert. */
const runbook = /^ops\/runbooks\/[A-Z][A-Za-z]+\.md$/;

function sizes({ path, text }: SourceFile): Finding[] {
  if (!measured.test(path)) return [];
  const lines = text.replace(/\n$/, '').split('\n');
  const most = path.endsWith('.test.ts') ? mostLines.test : mostLines.source;
  const findings: Finding[] = lines.flatMap((line, index) =>
    [...line].length <= mostColumns
      ? []
      : [finding(path, index + 1, `${line.length} columns`, `break it below ${mostColumns}`)],
  );
  if (lines.length > most) {
    const mend = `split it by what it is about; at most ${most} lines`;
    findings.push(finding(path, most + 1, `${lines.length} lines`, mend));
  }
  return findings;
}

function names({ path }: SourceFile): Finding[] {
  if (runbook.test(path)) return [];
  const parts = path.split('/');
  const findings: Finding[] = [];
  for (const [index, part] of parts.entries()) {
    const isFile = index === parts.length - 1;
    if (!plainName.test(part) && !(isFile && namesOfOthers.includes(part))) {
      findings.push(finding(path, 1, `"${part}" is not kebab-case`, 'rename it'));
    }
    if (!isFile && forbiddenFolders.includes(part)) {
      findings.push(finding(path, 1, `folder "${part}"`, 'name the folder after its noun'));
    }
  }
  return findings;
}

// Written in halves so that this file passes its own rule.
const forbidden: { pattern: RegExp; problem: string; mend: string; only?: RegExp }[] = [
  {
    pattern: new RegExp(`(?<![\\w.])/(${'wo'}rk|${'ho'}me|${'Us'}ers|${'ro'}ot)/[\\w.]`),
    problem: 'a path of one machine',
    mend: 'take it from the environment or derive it from import.meta.url',
  },
  {
    pattern: new RegExp(
      `https?://[^\\s"'/]*(${'regis'}try\\.(npm|yarn)|artif${'act'}ory|nex${'us'})`,
    ),
    problem: 'the host of a package registry',
    mend: 'leave it to the configuration of the package manager',
  },
  {
    pattern: new RegExp(
      `eslint-${'dis'}able|@ts-${'ig'}nore|@ts-${'no'}check|prettier-${'ig'}nore`,
    ),
    problem: 'a silenced check',
    mend: 'mend what the check complains about',
    only: measured,
  },
  {
    pattern: new RegExp(
      `\\b(test|it|describe)\\.(sk${'ip'}|on${'ly'}|to${'do'})\\b|\\bx(it|describe)\\(`,
    ),
    problem: 'a test left out',
    mend: 'run it or delete it',
    only: /\.test\.ts$/,
  },
  {
    pattern: new RegExp(`NODE_${'ENV'}`),
    problem: 'a branch on the kind of environment',
    mend: 'add a variable that says what is meant',
    only: measured,
  },
];

function forbiddenTexts({ path, text }: SourceFile): Finding[] {
  const findings: Finding[] = [];
  for (const { pattern, problem, mend, only } of forbidden) {
    if (only !== undefined && !only.test(path)) continue;
    if (!pattern.test(text)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      if (pattern.test(line)) findings.push(finding(path, index + 1, problem, mend));
    }
  }
  return findings;
}

function finding(file: string, line: number, problem: string, mend: string): Finding {
  return { file, line, problem, mend };
}
