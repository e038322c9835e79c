export { describeApi } from './app.ts';
