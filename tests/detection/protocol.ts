import { labelDelayDays } from './published-features.ts';
import { dayOf, type History } from './simulator.ts';

/**
 * The published protocol: a week to train, a week until its labels are known, a week to test.
 * Positions into the history; payments of customers known as defrauded are not tested.
 */
export type Split = { readonly train: Int32Array; readonly test: Int32Array };

/** 25 July 2018, with which the published baseline begins to train. */
const baselineDay = 115;
/**
 * The weeks to train that its chapters on validation average over: four from 20 June to 11 July,
 * and four from 25 July to 15 August.
 */
export const publishedDays = [80, 87, 94, 101, baselineDay, 122, 129, 136] as const;
const weekDays = 7;

export function split(
  { size, seconds, customer, scenario }: History,
  firstTrainDay: number = baselineDay,
): Split {
  const firstTestDay = firstTrainDay + weekDays + labelDelayDays;
  const train: number[] = [];
  const test: number[] = [];
  /** Customers by the day of their first fraud since the training began. */
  const defraudedOn = new Map<number, number>();
  for (let at = 0; at < size; at += 1) {
    const day = dayOf(seconds[at] ?? 0);
    const of = customer[at] ?? 0;
    if (day < firstTrainDay || day >= firstTestDay + weekDays) continue;
    if (scenario[at] !== 0 && !defraudedOn.has(of)) defraudedOn.set(of, day);
    if (day < firstTrainDay + weekDays) train.push(at);
    // On a test day, the frauds of the days more than the delay before are known.
    if (day < firstTestDay) continue;
    const known = (defraudedOn.get(of) ?? Infinity) < day - labelDelayDays;
    if (!known) test.push(at);
  }
  return { train: Int32Array.from(train), test: Int32Array.from(test) };
}
