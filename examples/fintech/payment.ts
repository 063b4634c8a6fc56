import { z } from 'zod';

export const TENANTS = ['alpine-bank', 'harbor-pay', 'meadow-credit'] as const;
export const RAILS = ['card', 'sepa', 'instant'] as const;
export const ISSUERS = ['birch', 'cedar', 'maple', 'willow'] as const;
export const PROVIDERS = ['psp-north', 'psp-south'] as const;

export type Tenant = (typeof TENANTS)[number];
export type Rail = (typeof RAILS)[number];
export type Issuer = (typeof ISSUERS)[number];
export type Provider = (typeof PROVIDERS)[number];

/** approved and declined are answers (HTTP 200); failed is a technical failure (HTTP 5xx). */
export type PaymentOutcome = 'approved' | 'declined' | 'failed';

/** What every service of the flow receives. Amounts are integers in the minor unit of the currency. */
export const paymentSchema = z.object({
  /** Chosen by the payer's side; every service is idempotent by it. */
  id: z.string().min(1).max(64),
  amountMinor: z.int().positive().max(1_000_000_000),
  currency: z.literal('EUR'),
  tenant: z.enum(TENANTS),
  rail: z.enum(RAILS),
  issuer: z.enum(ISSUERS),
});

export type Payment = z.infer<typeof paymentSchema>;

/** At the gateway the issuer may be left out when the first digits of the card (ISO/IEC 7812 issuer identification number) are given. */
export const paymentRequestSchema = paymentSchema.extend({
  issuer: z.enum(ISSUERS).optional(),
  bin: z
    .string()
    .regex(/^\d{8}$/, 'must be the first 8 digits of the card')
    .optional(),
});

export interface PaymentAnswer {
  readonly id: string;
  readonly outcome: PaymentOutcome;
  readonly provider?: Provider;
  /** A stable code of why it was declined or failed. */
  readonly reason?: string;
}

/** One line for a person: what is wrong and where. */
export const describeProblem = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.length === 0 ? 'body' : issue.path.join('.')}: ${issue.message}`).join('; ');
