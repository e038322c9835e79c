// `npm run release-document`: makes the document as it is now the released one. A breaking change
// is made on purpose this way; say so in the changelog.
import { writeFileSync } from 'node:fs';
import { describeApi } from '@wallet/api-edge';
import { releasedFile } from './released-file.ts';

writeFileSync(releasedFile, `${JSON.stringify(describeApi({ sandbox: false }), null, 2)}\n`);
