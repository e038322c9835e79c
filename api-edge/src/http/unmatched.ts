import type Router from '@koa/router';
import type Koa from 'koa';
import { refuse } from '../problems.ts';
import { writeProblem } from './write-answer.ts';

/** Answers what no route took: 405 with `Allow` when the path exists, else 404. */
export function answerUnmatched(router: Router): Koa.Middleware {
  return (context) => {
    const layers = router.match(context.path, context.method).path;
    const allowed = new Set(layers.flatMap((layer) => layer.methods));
    if (allowed.size === 0) return writeProblem(context, refuse('route_not_found'));
    context.set('Allow', [...allowed].sort().join(', '));
    writeProblem(context, refuse('method_not_allowed'));
  };
}
