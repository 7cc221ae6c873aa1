// Replaces every text file of the built site by a brotli and a gzip copy, so
// that the binary that embeds them stays small. The server unpacks the gzip
// copy for the rare client that takes neither.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const site = fileURLToPath(new URL('../../internal/console/dist/site', import.meta.url));
const text = /\.(html|js|css|svg|json|txt|map)$/;
let plain = 0;
let packed = 0;

for (const entry of readdirSync(site, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !text.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const body = readFileSync(path);
  const br = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  writeFileSync(path + '.br', br);
  writeFileSync(path + '.gz', gzipSync(body, { level: 9 }));
  rmSync(path);
  plain += body.length;
  packed += br.length;
}
console.log(`compressed ${Math.round(plain / 1024)} kB to ${Math.round(packed / 1024)} kB (brotli)`);
