import Router from '@koa/router';
import type Koa from 'koa';
import { refuse } from '../problems.ts';
import { writeProblem } from './write-answer.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

type Handle = (context: Koa.Context) => Promise<void>;

/** Which handler takes which request. */
export type Routes = {
  /** @param path as OpenAPI writes it: `/payments/{id}` */
  add(method: Method, path: string, handle: Handle): void;
  /**
   * Has the request answered: by its handler, else 405 with `Allow` when the path exists, else 404.
   */
  serve: Handle;
};

/**
 * Paths that are always the same, which the busiest are, are found in one look; for all others the
 * router compares their patterns one after the other.
 */
export function createRoutes(): Routes {
  const router = new Router();
  const fixed = new Map<string, Handle>();
  // Such a path is itself alone, though the pattern of another one may fit it, too.
  const methodsOf = new Map<string, Set<string>>();
  const dispatch = router.routes();
  const parameter = /\{(\w+)\}/g;
  const compare: Handle = async (context) => {
    const unmatched = async (): Promise<void> => answerUnmatched(router, context);
    await dispatch(context as Parameters<typeof dispatch>[0], unmatched);
  };
  return {
    add(method, path, handle) {
      if (path.search(parameter) < 0) {
        fixed.set(`${method.toUpperCase()} ${path}`, handle);
        const methods = methodsOf.get(path) ?? new Set<string>();
        methods.add(method.toUpperCase());
        if (method === 'get') methods.add('HEAD');
        methodsOf.set(path, methods);
      }
      router[method](path.replaceAll(parameter, ':$1'), handle);
    },
    serve(context) {
      const { method, url } = context.req;
      const handle = fixed.get(`${method} ${url}`);
      if (handle !== undefined) return handle(context);
      const methods = methodsOf.get(context.path);
      if (methods === undefined || methods.has(method ?? '')) return compare(context);
      refuseMethod(methods, context);
      return Promise.resolve();
    },
  };
}

function answerUnmatched(router: Router, context: Koa.Context): void {
  const layers = router.match(context.path, context.method).path;
  const allowed = new Set(layers.flatMap((layer) => layer.methods));
  if (allowed.size === 0) return writeProblem(context, refuse('route_not_found'));
  refuseMethod(allowed, context);
}

function refuseMethod(allowed: ReadonlySet<string>, context: Koa.Context): void {
  context.set('Allow', [...allowed].sort().join(', '));
  writeProblem(context, refuse('method_not_allowed'));
}
