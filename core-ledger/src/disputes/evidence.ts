import { createHash } from 'node:crypto';

/** Of one piece of evidence; the database holds to it too. */
export const evidenceLimitBytes = 5 * 1024 * 1024;

/** How files begin that are what they say; a name or a header proves nothing. */
const beginnings: Readonly<Record<string, readonly number[]>> = {
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff],
};

export const evidenceFileTypes = ['application/pdf', 'image/png', 'image/jpeg'] as const;

export type GivenEvidence = {
  readonly kind: 'text' | 'file';
  readonly contentType: string;
  /** Text as it is, or a file in base64. */
  readonly content: string;
};

export type EvidenceRefusal = 'evidence_type_not_allowed' | 'evidence_too_large';

export type ReadDisputeEvidence =
  | { readonly ok: true; readonly bytes: Buffer; readonly sha256: Buffer }
  | { readonly ok: false; readonly reason: EvidenceRefusal };

/** Reads a piece of evidence as it was sent: of an allowed type, no larger than allowed. */
export function readDisputeEvidence({
  kind,
  contentType,
  content,
}: GivenEvidence): ReadDisputeEvidence {
  const refused = (reason: EvidenceRefusal) => ({ ok: false, reason }) as const;
  const beginning = Object.hasOwn(beginnings, contentType) ? beginnings[contentType] : undefined;
  if (kind === 'text' ? contentType !== 'text/plain' : beginning === undefined) {
    return refused('evidence_type_not_allowed');
  }
  const bytes = Buffer.from(content, kind === 'text' ? 'utf8' : 'base64');
  if (bytes.length > evidenceLimitBytes) return refused('evidence_too_large');
  if (kind === 'file' && !isWhole(content, bytes)) return refused('evidence_type_not_allowed');
  if (beginning?.some((byte, index) => bytes[index] !== byte) === true) {
    return refused('evidence_type_not_allowed');
  }
  return { ok: true, bytes, sha256: createHash('sha256').update(bytes).digest() };
}

/** Node reads what it can of bad base64 and says nothing. */
function isWhole(content: string, bytes: Buffer): boolean {
  return (
    bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === content.replace(/=+$/, '')
  );
}
