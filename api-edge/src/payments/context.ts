import { z } from 'zod';
import { fields } from '../http/fields.ts';

/** What is known of the moment of payment. */
export const paymentContext = () =>
  z
    .strictObject({
      ip: fields.address().optional(),
      device_id: fields.text(64).optional(),
      card_bin: z
        .string()
        .max(8)
        .regex(/^\d{6,8}$/)
        .meta({ example: '411111' })
        .optional(),
      card_fingerprint: fields.text(64).optional(),
      country: z
        .string()
        .max(2)
        .regex(/^[A-Z]{2}$/)
        .meta({ example: 'DE' })
        .optional(),
    })
    .meta({ description: 'What is known of the moment of payment; fraud rules read it.' });
