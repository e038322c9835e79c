import { createBatchInsert } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { DisputeSide } from './dispute.ts';

/** A piece of evidence; its id is its intent's id, its bytes lie under their hash. */
export type EvidencePiece = {
  readonly id: string;
  readonly disputeId: string;
  readonly addedBy: string;
  readonly side: DisputeSide;
  readonly kind: 'text' | 'file';
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
};

/** Gathers evidence, for one statement a batch. */
export type EvidenceWriter = {
  reset(): void;
  add(piece: EvidencePiece): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createEvidenceWriter(): EvidenceWriter {
  const pieces = createBatchInsert('dispute_evidence', {
    ...{ id: 'uuid', dispute_id: 'uuid', added_by: 'uuid', side: 'text', kind: 'text' },
    ...{ name: 'text', content_type: 'text', size_bytes: 'int4', sha256: 'bytea' },
  });
  const { columns } = pieces;
  return {
    reset: () => pieces.reset(),
    add(piece) {
      columns.id.add(piece.id);
      columns.dispute_id.add(piece.disputeId);
      columns.added_by.add(piece.addedBy);
      columns.side.add(piece.side);
      columns.kind.add(piece.kind);
      columns.name.add(piece.name);
      columns.content_type.add(piece.contentType);
      columns.size_bytes.add(piece.sizeBytes);
      columns.sha256.add(piece.sha256);
    },
    statements: () => (pieces.count() > 0 ? [pieces.statement()] : []),
  };
}
