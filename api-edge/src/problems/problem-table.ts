/** Status, title and detail of each code. */
export type ProblemTable = Readonly<
  Record<string, readonly [status: number, title: string, detail: string]>
>;
