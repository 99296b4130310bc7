import { launch } from './launch.mjs';
const [,, file, prefix, scheme, width, ...open] = process.argv;
const b = await launch();
const c = await b.newContext({ viewport: { width: +width, height: 1300 }, colorScheme: scheme });
const p = await c.newPage();
p.on('console', (m) => console.log(m.text()));
await p.goto('file://' + file);
if (open.length) await p.evaluate(() => document.querySelectorAll('details').forEach((f) => (f.open = true)));
const h = await p.evaluate(() => document.documentElement.scrollHeight);
console.log(h, await p.evaluate(() => document.documentElement.scrollWidth));
let i = 0;
for (let y = 0; y < h && i < 8; y += 1300) { await p.screenshot({ path: `${prefix}${i++}.png`, clip: { x: 0, y, width: +width, height: Math.min(1300, h - y) }, fullPage: true }); }
await b.close();
