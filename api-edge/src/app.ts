import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { Log, Metrics } from '@wallet/runtime';
import { actionRoutes } from './actions/routes.ts';
import { documentRoutes } from './docs/routes.ts';
import { historyRoutes, type HistoryDependencies } from './history/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { merchantRoutes, type MerchantDependencies } from './merchants/routes.ts';
import { merchantTermsRoutes } from './merchants/terms-routes.ts';
import { fraudRoutes, type FraudDependencies } from './fraud/routes.ts';
import { disputeActionRoutes } from './disputes/action-routes.ts';
import { evidenceRoutes } from './disputes/evidence-routes.ts';
import { disputeRoutes, type DisputeDependencies } from './disputes/routes.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { createDoor, type Door } from './http/door.ts';
import type { OverloadGuard } from './http/overload.ts';
import type { RateLimits } from './http/rate-limits.ts';
import { createRoute, type Gatekeeper, type Route, type RouteDefinition } from './http/route.ts';
import { createRoutes } from './http/routes.ts';
import { identityRoutes, type IdentityDependencies } from './identity/routes.ts';
import { notificationRoutes } from './notifications/routes.ts';
import { paymentActionRoutes, type PaymentActionDependencies } from './payments/action-routes.ts';
import { paymentEventRoutes, type PaymentEventDependencies } from './payments/events.ts';
import { paymentReadRoutes } from './payments/reads.ts';
import { paymentRoutes, type PaymentDependencies } from './payments/routes.ts';
import { refundReadRoutes, type RefundReadDependencies } from './refunds/reads.ts';
import { refundRoutes, type RefundDependencies } from './refunds/routes.ts';
import { ticketActionRoutes } from './tickets/action-routes.ts';
import { ticketDeedsRoutes } from './tickets/deeds-routes.ts';
import { ticketOpeningRoutes } from './tickets/opening-routes.ts';
import { ticketRoutes, type TicketDependencies } from './tickets/routes.ts';
import {
  settlementActionRoutes,
  type SettlementActionDependencies,
} from './settlements/action-routes.ts';
import { bankRoutes, type BankDependencies } from './settlements/bank-routes.ts';
import { settlementReadRoutes, type SettlementReadDependencies } from './settlements/reads.ts';
import { settlementRoutes, type SettlementDependencies } from './settlements/routes.ts';
import { topUpRoutes, type TopUpDependencies } from './top-ups/routes.ts';
import { walletControlRoutes } from './wallets/control-routes.ts';
import { walletRoutes, type WalletDependencies } from './wallets/routes.ts';
import { statementRoutes, type StatementDependencies } from './wallets/statements.ts';
import {
  withdrawalActionRoutes,
  type WithdrawalActionDependencies,
} from './withdrawals/action-routes.ts';
import { withdrawalRoutes, type WithdrawalDependencies } from './withdrawals/routes.ts';
import { webhookRoutes, type WebhookDependencies } from './webhooks/routes.ts';

export type AppDependencies = IdentityDependencies &
  WalletDependencies &
  StatementDependencies &
  TopUpDependencies &
  MerchantDependencies &
  WithdrawalDependencies &
  WithdrawalActionDependencies &
  PaymentDependencies &
  PaymentActionDependencies &
  RefundDependencies &
  RefundReadDependencies &
  HistoryDependencies &
  FraudDependencies &
  DisputeDependencies &
  WebhookDependencies &
  TicketDependencies &
  SettlementDependencies &
  SettlementReadDependencies &
  SettlementActionDependencies &
  BankDependencies &
  PaymentEventDependencies & {
    gatekeeper: Gatekeeper;
    rateLimits: RateLimits;
    overload: OverloadGuard;
    metrics: Metrics;
    log: Log;
    allowedOrigin: string | undefined;
  };

export type App = {
  serve: Door;
  /** Every operation, for the tests of the contract. */
  definitions: readonly RouteDefinition[];
};

/** The whole API on one screen: every route, in their order. */
export function createApp(dependencies: AppDependencies): App {
  const { gatekeeper, rateLimits } = dependencies;
  const routes = createRoutes();
  const registry = new OpenAPIRegistry();
  const definitions: RouteDefinition[] = [];
  const route = createRoute({ routes, registry, gatekeeper, rateLimits, definitions });

  mountRoutes(route, dependencies, registry);
  return { serve: createDoor({ ...dependencies, routes }), definitions };
}

/** Every route. Those with parameters are tried in this order, so the busiest stand first. */
function mountRoutes(route: Route, dependencies: AppDependencies, registry: OpenAPIRegistry): void {
  paymentRoutes(route, dependencies);
  paymentActionRoutes(route, dependencies);
  refundRoutes(route, dependencies);
  refundReadRoutes(route, dependencies);
  topUpRoutes(route, dependencies);
  walletRoutes(route, dependencies);
  walletControlRoutes(route, dependencies);
  withdrawalRoutes(route, dependencies);
  withdrawalActionRoutes(route, dependencies);
  merchantRoutes(route, dependencies);
  merchantTermsRoutes(route, dependencies);
  limitRoutes(route, dependencies);
  statementRoutes(route, dependencies);
  paymentReadRoutes(route, dependencies);
  paymentEventRoutes(route, dependencies);
  disputeRoutes(route, dependencies);
  disputeActionRoutes(route, dependencies);
  evidenceRoutes(route, dependencies);
  ticketOpeningRoutes(route, dependencies);
  ticketRoutes(route, dependencies);
  ticketActionRoutes(route, dependencies);
  ticketDeedsRoutes(route, dependencies);
  settlementRoutes(route, dependencies);
  settlementReadRoutes(route, dependencies);
  settlementActionRoutes(route, dependencies);
  bankRoutes(route, dependencies);
  actionRoutes(route, dependencies);
  historyRoutes(route, dependencies);
  fraudRoutes(route, dependencies);
  notificationRoutes(route, dependencies);
  webhookRoutes(route, dependencies);
  identityRoutes(route, dependencies);
  documentRoutes(route, registry);
}

/**
 * The OpenAPI document of all routes, without opening anything: definitions are values, and only
 * handlers, of which none is called here, use what they depend on.
 */
export function describeApi({ sandbox }: { sandbox: boolean }): object {
  const registry = new OpenAPIRegistry();
  const nothing = { sandbox } as AppDependencies;
  const route = createRoute({ ...nothing, routes: createRoutes(), registry, definitions: [] });
  mountRoutes(route, nothing, registry);
  return openApiDocument(registry);
}
