import ts from 'typescript';

export type Import = {
  specifier: string;
  /** Path of the file meant, when it is one of the project's. */
  target: string | undefined;
  line: number;
  typeOnly: boolean;
  /** Names taken; '*' for a namespace, a star export or a dynamic import. */
  names: string[];
  /** For `export … from`: the name each taken one gets, in the same order. */
  exportedAs?: string[];
};
export type Export = { name: string; line: number; isType: boolean };
export type SourceFile = {
  path: string;
  text: string;
  /** Folder of the package the file belongs to; '' for the root. */
  room: string;
  imports: Import[];
  exports: Export[];
  /** String literals that end in a file name: files started or read by path. */
  mentions: string[];
};
export type Manifest = {
  name?: string;
  exports?: Record<string, string>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};
export type Project = { files: SourceFile[]; manifests: Map<string, Manifest> };
export type Finding = { file: string; line: number; problem: string; mend: string };

/** Reads a project from path → text, nothing from the disk: fixtures can be small. */
export function readProject(texts: ReadonlyMap<string, string>): Project {
  const manifests = new Map<string, Manifest>();
  for (const [path, text] of texts) {
    if (/(^|\/)package\.json$/.test(path)) {
      manifests.set(path.replace(/\/?package\.json$/, ''), JSON.parse(text) as Manifest);
    }
  }
  const entries = packageEntries(manifests);
  const files = [...texts].map(([path, text]) => readFile(path, text, manifests, texts, entries));
  return { files, manifests };
}

/** `@wallet/x` and `@wallet/x/testing` → path of the module. */
export function packageEntries(manifests: Project['manifests']): Map<string, string> {
  const entries = new Map<string, string>();
  for (const [folder, manifest] of manifests) {
    for (const [key, target] of Object.entries(manifest.exports ?? {})) {
      entries.set(`${manifest.name}${key.slice(1)}`, join(folder, target));
    }
  }
  return entries;
}

function readFile(
  path: string,
  text: string,
  manifests: Project['manifests'],
  texts: ReadonlyMap<string, string>,
  entries: ReadonlyMap<string, string>,
): SourceFile {
  const rooms = [...manifests.keys()].filter((folder) => path.startsWith(`${folder}/`));
  const room = rooms.sort((a, b) => b.length - a.length)[0] ?? '';
  const file: SourceFile = { path, text, room, imports: [], exports: [], mentions: [] };
  if (!/\.[mc]?[jt]s$/.test(path)) return file;
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const resolve = (specifier: string): string | undefined => {
    if (!specifier.startsWith('.')) return entries.get(specifier);
    const target = join(path.slice(0, path.lastIndexOf('/') + 1), specifier);
    return texts.has(target) ? target : undefined;
  };
  visit(tree, file, tree, resolve);
  return file;
}

type Resolve = (specifier: string) => string | undefined;

function visit(node: ts.Node, file: SourceFile, tree: ts.SourceFile, resolve: Resolve): void {
  const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  const take = (specifier: string, rest: Omit<Import, 'specifier' | 'target' | 'line'>): void => {
    file.imports.push({ specifier, target: resolve(specifier), line, ...rest });
  };
  if (ts.isImportDeclaration(node)) {
    take((node.moduleSpecifier as ts.StringLiteral).text, importedNames(node));
  } else if (ts.isExportDeclaration(node)) {
    readExport(node, file, line, take);
  } else if (
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword &&
    node.arguments[0] !== undefined &&
    ts.isStringLiteral(node.arguments[0])
  ) {
    take(node.arguments[0].text, { typeOnly: false, names: ['*'] });
  } else if (ts.isStringLiteralLike(node) && /[\w-]\.(ts|mjs|js|lua|sql|rules)$/.test(node.text)) {
    file.mentions.push(node.text);
  }
  file.exports.push(...declaredExports(node, line));
  ts.forEachChild(node, (child) => visit(child, file, tree, resolve));
}

function importedNames(node: ts.ImportDeclaration): { typeOnly: boolean; names: string[] } {
  const clause = node.importClause;
  if (clause === undefined) return { typeOnly: false, names: [] };
  const names = clause.name === undefined ? [] : ['default'];
  const bindings = clause.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) names.push('*');
  let values = names.length;
  for (const element of bindings && ts.isNamedImports(bindings) ? bindings.elements : []) {
    names.push((element.propertyName ?? element.name).text);
    if (!element.isTypeOnly) values += 1;
  }
  const typeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return { typeOnly: typeOnly || values === 0, names };
}

function readExport(
  node: ts.ExportDeclaration,
  file: SourceFile,
  line: number,
  take: (specifier: string, rest: Omit<Import, 'specifier' | 'target' | 'line'>) => void,
): void {
  const elements =
    node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
  const names = elements.map((element) => (element.propertyName ?? element.name).text);
  const exportedAs = elements.map((element) => element.name.text);
  const allTypes = node.isTypeOnly || (elements.length > 0 && elements.every((e) => e.isTypeOnly));
  for (const element of elements) {
    const isType = node.isTypeOnly || element.isTypeOnly;
    file.exports.push({ name: element.name.text, line, isType });
  }
  if (node.moduleSpecifier === undefined || !ts.isStringLiteral(node.moduleSpecifier)) return;
  const star = elements.length === 0;
  take(node.moduleSpecifier.text, {
    typeOnly: allTypes,
    names: star ? ['*'] : names,
    ...(star ? {} : { exportedAs }),
  });
}

function declaredExports(node: ts.Node, line: number): Export[] {
  if (!ts.canHaveModifiers(node)) return [];
  const modifiers = ts.getModifiers(node) ?? [];
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)) {
    return [{ name: 'default', line, isType: false }];
  }
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.flatMap((declaration) =>
      boundNames(declaration.name).map((name) => ({ name, line, isType: false })),
    );
  }
  const isType = ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
  const name = (node as ts.NamedDeclaration).name;
  return name && ts.isIdentifier(name) ? [{ name: name.text, line, isType }] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isBindingElement(element) ? boundNames(element.name) : [],
  );
}

/** Joins and normalises with forward slashes. */
function join(folder: string, relative: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${relative}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
