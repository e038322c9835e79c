export { createListHistory } from './history.ts';
export type { ListChange, ListHistory } from './history.ts';
export {
  createList,
  listEntriesOf,
  listLists,
  loadListHistory,
  putListEntries,
  putListEntry,
  readListChanges,
  removeListEntry,
} from './store.ts';
export type { ListEntryView, ListRefusal, ListView } from './store.ts';
