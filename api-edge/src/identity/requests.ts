import { z } from 'zod';
import { fields } from '../http/fields.ts';

/** `aud` of access tokens. */
export const audience = 'wallet-api';
/** Users' own public client; RFC 6749 calls for a name. */
export const walletClient = 'wallet-app';

// RFC 5321 allows 254 characters; whether the address exists only a message to it can tell.
const email = z
  .email()
  .max(254)
  // RFC 5321: 64 characters before the @, 63 between dots behind it.
  .refine((address) => /^[^@]{1,64}@([^.]{1,63}\.)+[^.]{1,63}$/.test(address))
  .meta({ pattern: z.regexes.email.source, example: 'ada@example.org' });
const passwordForm = {
  format: 'password',
  pattern: '^[\\s\\S]*$',
  example: 'correct horse battery',
} as const;
// Longer ones would only cost time to hash.
const password = z.string().min(10).max(128).meta(passwordForm);

export const registration = z
  .strictObject({
    email,
    password,
    name: fields.text(200),
    kind: z.enum(['customer', 'merchant']),
    currency: fields.currency(),
  })
  .meta({ id: 'Registration' });

export const registered = z
  .strictObject({ user_id: z.uuid(), wallet_id: z.uuid() })
  .meta({ id: 'Registered' });

// A login says nothing about the rules for new addresses and passwords.
export const credentials = z
  .strictObject({
    email: fields.text(254).meta({ example: 'ada@example.org' }),
    password: z.string().max(128).meta(passwordForm),
  })
  .meta({ id: 'Credentials' });

const token = (example: string) =>
  z
    .string()
    .max(2_048)
    .regex(/^[\w.-]+$/)
    .meta({ example });

export const tokenPair = z
  .strictObject({
    access_token: token('eyJhbGciOiJFZERTQSJ9.e30.c2ln'),
    refresh_token: token('bq1wT0eJSTuYgkPXlM0sLg'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().min(1).max(86_400).meta({ description: 'Seconds.', example: 600 }),
  })
  .meta({ id: 'TokenPair' });

const parameter = (example: string) =>
  z.string().max(500).meta({ pattern: '^[\\s\\S]*$', example }).optional();

/** What the token endpoint gives; a back end gets no refresh token. */
export const tokenGrant = z
  .strictObject({ ...tokenPair.shape, refresh_token: tokenPair.shape.refresh_token.optional() })
  .meta({ id: 'TokenGrant' });

export const tokenRequest = z
  .object({
    grant_type: parameter('refresh_token'),
    client_id: parameter(walletClient),
    refresh_token: parameter('bq1wT0eJSTuYgkPXlM0sLg'),
    client_secret: parameter('Zt8bQ0k3vVd1'),
    scope: parameter('payments:write'),
  })
  .meta({ id: 'TokenRequest' });

export type Registration = z.output<typeof registration>;
export type TokenRequest = z.output<typeof tokenRequest>;

/** A login as the edge passes it on: `address` is that of the client's connection. */
export const login = z.strictObject({ ...credentials.shape, address: z.string().max(100) });
export type Login = z.output<typeof login>;
