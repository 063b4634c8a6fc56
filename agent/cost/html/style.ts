/** The page's own style sheet: nothing is loaded, and paper is a medium too. */
export const COST_STYLE = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--border:#dce0e6;--text:#161c26;--faint:#596372;--ink:#1b5fb8;--band:rgba(27,95,184,.18);--good:#1d7a4f;--bad:#b3261e;--warn:#8a5a00;--grid:rgba(20,30,45,.1);--volume:rgba(90,105,125,.2);--c0:#1b5fb8;--c1:#d9822b;--c2:#2f9e77;--c3:#8e5bb5;--c4:#c4527f;--c5:#6f7f1f;--c6:#3aa6c9;--rest:#8b95a3;--idle:#c9ced6}
@media (prefers-color-scheme:dark){:root{--ground:#0f1319;--panel:#171c25;--border:#2c3441;--text:#e5e9ef;--faint:#9ba6b5;--ink:#74b3ff;--band:rgba(116,179,255,.2);--good:#5cc596;--bad:#ff8a80;--warn:#e8b84f;--grid:rgba(200,215,235,.12);--volume:rgba(160,175,195,.2);--c0:#74b3ff;--c1:#f0a458;--c2:#58c7a0;--c3:#b78be0;--c4:#e880aa;--c5:#b3c356;--c6:#6dcbe8;--rest:#8b95a3;--idle:#4a5361}}
*{box-sizing:border-box}
body{margin:0 auto;padding:36px 28px 64px;max-width:980px;background:var(--ground);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
header{border-bottom:2px solid var(--text);padding-bottom:14px}
h1{font-size:26px;letter-spacing:-.015em;line-height:1.2;margin:0 0 6px}
h2{font-size:18px;letter-spacing:-.005em;margin:44px 0 6px}
h3{font-size:14px;margin:20px 0 4px}
p{margin:6px 0 10px;max-width:74ch}
.lead{font-size:19px;line-height:1.45;margin:20px 0 6px;max-width:62ch}
.faint,figcaption,caption{color:var(--faint)}
.note{border-left:3px solid var(--warn);padding:6px 0 6px 12px;margin:16px 0;font-size:14px;color:var(--text)}
.figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:1px;margin:22px 0 8px;background:var(--border);border:1px solid var(--border);border-radius:10px;overflow:hidden}
.figures div{background:var(--panel);padding:14px 16px}
.figures dt{color:var(--faint);font-size:13px}
.figures dd{margin:2px 0 0;font-size:23px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
.figures small{display:block;margin-top:3px;font-size:13px;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--faint)}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.scroll{overflow-x:auto;margin:10px 0}
.scroll:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:14px;overflow-wrap:break-word}
tbody th{min-width:9em;max-width:24em}
caption{text-align:left;font-size:13px;padding-bottom:4px}
th{font-weight:600;text-align:left}
thead th{font-weight:500;color:var(--faint);font-size:13px}
th,td{padding:6px 16px 6px 0;border-bottom:1px solid var(--border);vertical-align:top}
tbody th{font-weight:450}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
tfoot th,tfoot td{font-weight:650;border-bottom:0;border-top:1px solid var(--text)}
code{font:13px ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
figure{margin:14px 0 6px}
figcaption{font-size:13px;margin-top:2px}
svg{display:block;width:100%;height:auto}
svg path{fill:none}
.narrow{display:none}
.tick{font-size:12px;fill:var(--faint)}
.mark{font-size:13px;fill:var(--text)}.mark.strong{font-weight:650}.mark.small{font-size:11.5px}
.grid{stroke:var(--grid)}
path.spent{stroke:var(--ink);stroke-width:2.4;stroke-linejoin:round}
path.median{stroke:var(--ink);stroke-width:1.8;stroke-dasharray:5 4}
svg path.band{fill:var(--band)}
path.budget{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:2 3}
.budget-text{fill:var(--bad)}
path.today{stroke:var(--faint);stroke-dasharray:1 3}
circle.dot{fill:var(--ink)}
path.join{stroke:var(--faint);stroke-dasharray:2 2}
rect.whole{fill:var(--rest)}rect.rise{fill:var(--bad)}rect.fall{fill:var(--good)}rect.volume,.box.volume{fill:var(--volume);background:var(--volume)}
.c0{fill:var(--c0);background:var(--c0)}.c1{fill:var(--c1);background:var(--c1)}.c2{fill:var(--c2);background:var(--c2)}.c3{fill:var(--c3);background:var(--c3)}.c4{fill:var(--c4);background:var(--c4)}.c5{fill:var(--c5);background:var(--c5)}.c6{fill:var(--c6);background:var(--c6)}.crest{fill:var(--rest);background:var(--rest)}.cidle{fill:var(--idle);background:var(--idle)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--faint);margin:6px 0 0;max-width:none}
.legend span{display:inline-flex;align-items:center;gap:7px}
.key{width:18px;border-top:2.4px solid var(--ink)}.key.median{border-top-style:dashed}.key.band{height:11px;border:0;background:var(--band)}
.box{width:11px;height:11px;border-radius:2px}
dl.facts{display:grid;grid-template-columns:minmax(120px,200px) 1fr;gap:6px 18px;font-size:14px}
dl.facts dt{color:var(--faint)}dl.facts dd{margin:0}
footer{margin-top:44px;padding-top:12px;border-top:1px solid var(--border);font-size:13px;color:var(--faint)}
@media screen and (max-width:640px){body{padding:22px 16px 44px}.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.figures dd{font-size:19px}.lead{font-size:17px}h1{font-size:22px}.wide{display:none}.narrow{display:block}dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:8px}}
@page{size:A4;margin:16mm 15mm}
@media print{:root{color-scheme:light;--ground:#fff;--panel:#fff;--border:#bbb;--text:#000;--faint:#444;--ink:#1b5fb8;--band:rgba(27,95,184,.18);--good:#1d7a4f;--bad:#b3261e;--warn:#8a5a00;--grid:rgba(0,0,0,.12);--volume:rgba(90,105,125,.2);--c0:#1b5fb8;--c1:#d9822b;--c2:#2f9e77;--c3:#8e5bb5;--c4:#c4527f;--c5:#6f7f1f;--c6:#3aa6c9;--rest:#8b95a3;--idle:#c9ced6}body{max-width:none;padding:0;font-size:10.5pt}h2{margin-top:22pt;break-after:avoid}figure,.figures,tr,.note,dl.facts>*{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}.figures dd{font-size:15pt}.lead{font-size:13pt}.wide{display:block}.narrow{display:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
