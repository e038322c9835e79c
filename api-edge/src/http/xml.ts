/** What XML 1.0 has no way to write. */
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
};

/** Any text as the content of an element. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(unwritable, '\ufffd')
    .replaceAll(/[&<>\r]/g, (character) => entities[character] ?? '');
}

/** Of content that is markup already, or text that was escaped. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** A uuid as messages of banks take it: they allow 34 or 35 characters. */
export function compact(id: string): string {
  return id.replaceAll('-', '');
}
