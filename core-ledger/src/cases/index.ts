export { caseLabels, caseStatuses, caseVersions } from './case.ts';
export type { CaseFacts, CaseNote, CaseStatus, CaseView, ClosedCaseStatus } from './case.ts';
export { createCaseShelf } from './shelf.ts';
export type { CaseShelf } from './shelf.ts';
export { addCaseNote, assignCase, findCase, listCaseNotes, listCases } from './store.ts';
export type { CaseRefusal } from './store.ts';
export { caseIdOf, createCaseWriter } from './writer.ts';
