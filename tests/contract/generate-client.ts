// `npm run generate-client`: writes the types of the client package anew from the document.
import { writeFileSync } from 'node:fs';
import { clientFile, renderClient } from './generated-client.ts';

writeFileSync(clientFile, await renderClient());
