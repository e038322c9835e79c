import {
  evidenceFileTypes,
  evidenceLimitBytes,
  findEvidence,
  findDispute,
  keepEvidenceContent,
  listEvidence,
  readDisputeEvidence,
  type EvidenceView,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { actionResponses, actionErrors } from '../actions/routes.ts';
import { createLargeBody } from '../http/body.ts';
import { isRefusal } from '../http/call.ts';
import { anyText, fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';
import { disputeActionKind, findActed, findOwnDispute, intentOf } from './action-routes.ts';
import { maySeeDispute } from './dispute.ts';
import type { DisputeDependencies } from './routes.ts';

/** In base64 a file is a third longer; the rest is for its name and the like. */
const bodyBytes = Math.ceil(evidenceLimitBytes / 3) * 4 + 16_384;
/** So many megabytes at once an edge can spare. */
const bodiesAtOnce = 4;

const evidenceRequest = z
  .strictObject({
    kind: z.enum(['text', 'file']),
    name: fields.text(200).meta({ example: 'proof-of-delivery.pdf' }),
    content_type: z.enum(['text/plain', ...evidenceFileTypes]),
    content: z
      .string()
      .min(1)
      .max(bodyBytes)
      .refine((text) => text.isWellFormed() && !text.includes('\0'))
      .meta({
        ...{ pattern: anyText, example: 'It was delivered on Monday.' },
        description: 'The text, or the file in base64; at most 5 MiB.',
      }),
  })
  .meta({ id: 'EvidenceRequest' });

const evidenceSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('evidence'),
    dispute_id: fields.id(),
    party: z.enum(['payer', 'payee']),
    kind: z.enum(['text', 'file']),
    name: fields.text(200),
    content_type: z.enum(['text/plain', ...evidenceFileTypes]),
    size_bytes: z.int().meta({ example: 27 }),
    sha256: z
      .string()
      .max(64)
      .regex(/^[0-9a-f]{64}$/)
      .meta({ example: 'a'.repeat(64) }),
    added_at: fields.time(),
  })
  .meta({ id: 'Evidence' });

const evidenceListSchema = z
  .strictObject({ data: z.array(evidenceSchema).max(100) })
  .meta({ id: 'EvidenceList' });

const read = { method: 'get', tag: 'disputes', scope: 'disputes:read', idempotent: false } as const;
const params = z.object({ id: fields.id() });

/** What the parties of a dispute show. */
export function evidenceRoutes(route: Route, dependencies: DisputeDependencies): void {
  const { db } = dependencies;
  addRoute(route, dependencies);
  route({
    ...read,
    path: '/disputes/{id}/evidence',
    summary: 'List the evidence of a dispute',
    description: 'Of both parties, oldest first.',
    params,
    responses: { 200: { description: 'All of it.', schema: evidenceListSchema } },
    errors: [],
    async handler({ caller, params: { id } }) {
      const dispute = await findOwnDispute(dependencies, caller, id);
      if (isRefusal(dispute)) return dispute;
      const pieces = await listEvidence(db.knex, dispute.id);
      return { status: 200, body: { data: pieces.map(shownEvidence) } };
    },
  });
  route({
    ...read,
    path: '/evidence/{id}',
    summary: 'Read a piece of evidence',
    description: 'Its bytes, to be kept as a file: browsers must not show them as a page of ours.',
    params,
    responses: {
      200: { description: 'The content.', texts: ['text/plain', ...evidenceFileTypes] },
    },
    errors: [],
    async handler({ caller, params: { id } }) {
      const found = await findEvidence(db.knex, id.toLowerCase());
      const dispute = found === null ? null : await findDispute(db.knex, found.disputeId);
      const parties = dispute === null ? [] : [dispute.payerId, dispute.payeeId];
      if (found === null || !maySeeDispute(caller, parties)) return refuse('not_found');
      const headers = {
        'Content-Type': found.contentType,
        'Content-Disposition': 'attachment',
        'Content-Security-Policy': "default-src 'none'; sandbox",
      };
      return { status: 200, text: found.content, headers };
    },
  });
}

function addRoute(route: Route, dependencies: DisputeDependencies): void {
  const { db, accept } = dependencies;
  const kind = disputeActionKind(dependencies, 'evidence');
  route({
    method: 'post',
    path: '/disputes/{id}/evidence',
    tag: 'disputes',
    summary: 'Add evidence to a dispute',
    description:
      'For both parties, and support for the payer, until the answer is submitted and at most ' +
      'until `due_by`. What was added stays: nothing takes evidence back.',
    scope: 'disputes:write',
    idempotent: true,
    fromTicket: true,
    params,
    body: evidenceRequest,
    largeBody: createLargeBody({ limitBytes: bodyBytes, atOnce: bodiesAtOnce }),
    responses: actionResponses('dispute'),
    errors: [
      ...actionErrors,
      ...(['evidence_window_closed', 'evidence_limit_reached'] as const),
      ...(['evidence_type_not_allowed', 'evidence_too_large'] as const),
    ],
    async handler(call) {
      const { caller, body } = call;
      const { kind: form, name, content_type: contentType, content } = body;
      const acted = await findActed(dependencies, caller, call.params.id, 'evidence');
      if (isRefusal(acted)) return acted;
      const piece = readDisputeEvidence({ kind: form, contentType, content });
      if (!piece.ok) return refuseField(piece.reason, '/content');
      // Kept before it is told of: whoever reads the dispute finds it.
      if (acted.objection === null) await keepEvidenceContent(db.knex, piece);
      const size_bytes = piece.bytes.length;
      const evidence = {
        ...{ kind: form, name, content_type: contentType, size_bytes, sha256: piece.sha256 },
      };
      const intent = intentOf('evidence', acted, caller, { reason: null, evidence });
      return accept(call, { kind, intent, objection: acted.objection });
    },
  });
}

function shownEvidence(piece: EvidenceView): z.output<typeof evidenceSchema> {
  return {
    ...{ id: piece.id, object: 'evidence', dispute_id: piece.disputeId, party: piece.side },
    ...{ kind: piece.kind, name: piece.name },
    content_type: piece.contentType as z.output<typeof evidenceSchema>['content_type'],
    ...{ size_bytes: piece.sizeBytes, sha256: piece.sha256 },
    added_at: piece.addedAt.toISOString(),
  };
}
