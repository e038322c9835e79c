import Router from '@koa/router';
import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { Log, Metrics } from '@wallet/runtime';
import Koa from 'koa';
import { documentRoutes } from './docs/routes.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { allowOrigin } from './http/cross-origin.ts';
import type { OverloadGuard } from './http/overload.ts';
import type { RateLimits } from './http/rate-limits.ts';
import { catchFaults, stampRequest } from './http/request-frame.ts';
import { createRoute, type Gatekeeper, type Route, type RouteDefinition } from './http/route.ts';
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
    rateLimits: RateLimits;
    overload: OverloadGuard;
    metrics: Metrics;
    log: Log;
    allowedOrigin: string | undefined;
  };

export type App = {
  koa: Koa;
  /** Every operation, for the tests of the contract. */
  definitions: readonly RouteDefinition[];
};

/** The whole door on one screen: every middleware and every route, in their order. */
export function createApp(dependencies: AppDependencies): App {
  const { gatekeeper, rateLimits, overload, allowedOrigin } = dependencies;
  const koa = new Koa();
  const router = new Router();
  const registry = new OpenAPIRegistry();
  const definitions: RouteDefinition[] = [];
  const route = createRoute({ router, registry, gatekeeper, rateLimits, definitions });

  mountRoutes(route, dependencies, registry);

  koa.use(stampRequest(dependencies));
  koa.use(catchFaults(dependencies));
  if (allowedOrigin !== undefined) koa.use(allowOrigin(allowedOrigin));
  koa.use(overload.middleware);
  koa.use(router.routes());
  koa.use(answerUnmatched(router));
  return { koa, definitions };
}

/** Every route. The router tries them in this order, so the busiest stand first. */
function mountRoutes(route: Route, dependencies: AppDependencies, registry: OpenAPIRegistry): void {
  paymentRoutes(route, dependencies);
  topUpRoutes(route, dependencies);
  walletRoutes(route, dependencies);
  notificationRoutes(route, dependencies);
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
  const route = createRoute({ ...nothing, router: new Router(), registry, definitions: [] });
  mountRoutes(route, nothing, registry);
  return openApiDocument(registry);
}
