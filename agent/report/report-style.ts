/** The report's own style sheet: one file, nothing loaded, readable on paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f7f8fa;--border:#dde1e7;--text:#1a2029;--faint:#5f6976;--blue:#1667c4;--green:#23865a;--amber:#a56a10;--red:#c9252d;--fault:rgba(201,37,45,.1);--grid:rgba(20,30,45,.1)}
@media (prefers-color-scheme:dark){:root{--ground:#0f1319;--panel:#161b23;--border:#2a323e;--text:#e3e7ed;--faint:#97a1af;--blue:#6cb2ff;--green:#55b98a;--amber:#e2b04a;--red:#ff6b6b;--fault:rgba(255,107,107,.13);--grid:rgba(200,215,235,.1)}}
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 24px 60px;max-width:1060px;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{font-size:22px;letter-spacing:-.01em;margin:0 0 4px}
h2{font-size:16px;margin:34px 0 8px}
p{margin:6px 0}
.faint,figcaption{color:var(--faint)}
.verdict{display:inline-block;padding:1px 10px;border-radius:5px;border:1px solid currentColor;font-weight:650}
.pass{color:var(--green)}.fail{color:var(--red)}.inconclusive{color:var(--amber)}
.figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:1px;margin:16px 0;background:var(--border);border:1px solid var(--border);border-radius:8px;overflow:hidden}
.figures div{background:var(--panel);padding:10px 14px}
.figures dt{color:var(--faint);font-size:12px}
.figures dd{margin:0;font-size:20px;font-weight:650}
.figures small{display:block;font-size:12px;font-weight:400;color:var(--faint)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;overflow-wrap:break-word}
th{font-weight:500;color:var(--faint);font-size:12px;text-align:left}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--border);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
code{font:12.5px ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
svg{display:block;width:100%;height:auto}
svg path{fill:none}
.tick,.axis{font-size:11px;fill:var(--faint)}
.grid{stroke:var(--grid)}
path.load{stroke:var(--blue);stroke-width:1.6}
path.capacity{stroke:var(--green);stroke-width:1.6}
path.ordered{stroke:var(--amber);stroke-width:1.5;stroke-dasharray:5 3}
path.ready{stroke:var(--green);stroke-width:1.6}
path.surge{stroke:var(--faint);stroke-dasharray:2 3}
path.page{stroke:var(--red);stroke-width:1.5}
rect.fault{fill:var(--fault)}
path.dial{stroke:var(--blue);stroke-width:1.5}
circle.rival{fill:var(--faint);opacity:.55}circle.setting{fill:var(--blue)}circle.ours{fill:var(--red)}circle.measured{fill:none;stroke:var(--red);stroke-width:2}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:12px;color:var(--faint)}
.legend span{display:inline-flex;align-items:center;gap:6px}
.key{width:16px;border-top:2px solid var(--blue)}
.key.capacity,.key.ready{border-color:var(--green)}.key.ordered{border-top:2px dashed var(--amber)}.key.page{border-color:var(--red)}
.key.fault{height:12px;border:0;background:var(--fault)}
.key.ours,.key.rival,.key.measured{width:9px;height:9px;border:0;border-radius:50%;background:var(--red)}.key.rival{background:var(--faint)}.key.measured{background:none;border:2px solid var(--red)}
.try{margin-top:34px;padding:12px 16px;border:1px solid var(--border);border-radius:8px;background:var(--panel)}
@media print{:root{--ground:#fff;--panel:#fff;--text:#000;--faint:#444;--border:#bbb;--blue:#1667c4;--green:#23865a;--amber:#a56a10;--red:#c9252d;--fault:rgba(201,37,45,.12);--grid:rgba(0,0,0,.12)}body{max-width:none;padding:0}figure,table,.figures,.try{break-inside:avoid}h2{break-after:avoid}*{print-color-adjust:exact}}
figure{margin:8px 0;overflow-x:auto}
time{white-space:nowrap}
@media screen and (max-width:640px){svg{min-width:680px}.figures{grid-template-columns:repeat(2,minmax(0,1fr))}body{padding:18px 14px 40px}}
`;
