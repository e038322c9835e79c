import Router from '@koa/router';
import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { Log, Metrics } from '@wallet/runtime';
import Koa from 'koa';
import { documentRoutes } from './docs/routes.ts';
import type { OverloadGuard } from './http/overload.ts';
import { catchFaults, stampRequest } from './http/request-frame.ts';
import { createRoute, type Gatekeeper, type RouteDefinition } from './http/route.ts';
import { answerUnmatched } from './http/unmatched.ts';
import { identityRoutes, type IdentityDependencies } from './identity/routes.ts';
import { notificationRoutes } from './notifications/routes.ts';
import { paymentRoutes, type PaymentDependencies } from './payments/routes.ts';
import { topUpRoutes, type TopUpDependencies } from './top-ups/routes.ts';
import { walletRoutes, type WalletDependencies } from './wallets/routes.ts';

export type AppDependencies = IdentityDependencies &
  WalletDependencies &
  TopUpDependencies &
  PaymentDependencies & {
    gatekeeper: Gatekeeper;
    overload: OverloadGuard;
    metrics: Metrics;
    log: Log;
  };

export type App = {
  koa: Koa;
  /** Every operation, for the tests of the contract. */
  definitions: readonly RouteDefinition[];
};

/** The whole door on one screen: every middleware and every route, in their order. */
export function createApp(dependencies: AppDependencies): App {
  const { gatekeeper, overload } = dependencies;
  const koa = new Koa();
  const router = new Router();
  const registry = new OpenAPIRegistry();
  const definitions: RouteDefinition[] = [];
  const route = createRoute({ router, registry, gatekeeper, definitions });

  // The router tries them in this order, so the busiest stand first.
  paymentRoutes(route, dependencies);
  topUpRoutes(route, dependencies);
  walletRoutes(route, dependencies);
  notificationRoutes(route, dependencies);
  identityRoutes(route, dependencies);
  documentRoutes(route, registry);

  koa.use(stampRequest(dependencies));
  koa.use(catchFaults(dependencies));
  koa.use(overload.middleware);
  koa.use(router.routes());
  koa.use(answerUnmatched(router));
  return { koa, definitions };
}
