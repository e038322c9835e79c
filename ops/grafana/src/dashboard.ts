import type { MetricName } from '@wallet/runtime';

/** Units as Grafana names them. */
export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'ops' | 'bytes' | 'none';

export type Query = {
  /** PromQL. `$__rate_interval` stands for the window of a rate. */
  expr: string;
  /** What the series is called; `{{label}}` takes a label's value. */
  legend: string;
};

/** Every panel says what it shows, from where on it is bad, and which page tells what to do. */
export type Panel = {
  title: string;
  description: string;
  /** `stat` shows the last value, `graph` the course. */
  kind: 'stat' | 'graph';
  unit: Unit;
  queries: readonly Query[];
  /** Bad from this value on (or up to it, with `badWhen: 'below'`). */
  threshold: { value: number; badWhen?: 'above' | 'below'; severity?: 'page' | 'look' };
  /** Name of a page in ops/runbooks, without `.md`. */
  runbook: string;
  /** Uid of the dashboard that shows the same in its parts. */
  deeper?: string;
};

export type Row = { title: string; panels: readonly Panel[] };

export type Variable = { name: string; label: string; metric: MetricName; labelName: string };

export type Annotation = {
  name: string;
  color: string;
  expr: string;
  /** The value is the time of the event in milliseconds; otherwise a value above 0 is an event. */
  valueIsTime: boolean;
};

export type Dashboard = {
  uid: string;
  title: string;
  description: string;
  rows: readonly Row[];
  variables: readonly Variable[];
  annotations: readonly Annotation[];
};
