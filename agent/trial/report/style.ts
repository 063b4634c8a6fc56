/** One file, nothing loaded, readable on paper, in the dark and on a phone. */
export const TRIAL_STYLE = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--border:#dfe3e9;--text:#18202b;--faint:#5a6574;--blue:#1463c0;--amber:#a8650a;--green:#1f7d53;--red:#c2242c;--band:rgba(20,99,192,.13);--shade:rgba(30,45,65,.06);--grid:rgba(20,30,45,.09)}
@media (prefers-color-scheme:dark){:root{--ground:#0f1319;--panel:#161b23;--border:#2a323e;--text:#e5e9ef;--faint:#9aa5b4;--blue:#6cb2ff;--amber:#e6b04c;--green:#57bd8d;--red:#ff7070;--band:rgba(108,178,255,.16);--shade:rgba(200,215,235,.06);--grid:rgba(200,215,235,.1)}}
*{box-sizing:border-box}
body{margin:0 auto;padding:32px 28px 72px;max-width:1080px;background:var(--ground);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{font-size:15px;font-weight:650;letter-spacing:.01em;margin:0;color:var(--faint)}
h2{font-size:20px;letter-spacing:-.01em;margin:52px 0 6px;padding-top:18px;border-top:1px solid var(--border)}
h3{font-size:16px;margin:0 0 4px}
p{margin:6px 0}
.faint,figcaption,.caption{color:var(--faint)}
.caption{font-size:12.5px;margin:0 0 4px}
.verdict{margin:18px 0 22px;padding:0;list-style:none;display:grid;gap:12px;max-width:60em}
.verdict li{font-size:20px;line-height:1.42;letter-spacing:-.008em;padding-left:16px;border-left:3px solid var(--blue)}
.verdict li:nth-child(2){border-color:var(--amber)}.verdict li:nth-child(3){border-color:var(--green)}
.figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1px;margin:0 0 10px;background:var(--border);border:1px solid var(--border);border-radius:10px;overflow:hidden}
.figures div{background:var(--panel);padding:12px 16px}
.figures dt{color:var(--faint);font-size:12.5px}
.figures dd{margin:2px 0 0;font-size:23px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
.figures small{display:block;font-size:12.5px;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--faint)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;overflow-wrap:break-word;margin:8px 0}
th{font-weight:500;color:var(--faint);font-size:12.5px;text-align:left}
th,td{padding:6px 16px 6px 0;border-bottom:1px solid var(--border);vertical-align:top}
td.n,th.n{text-align:right}td.n{white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
code{font:13px ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
.story,.workload{margin:18px 0;padding:16px 18px;border:1px solid var(--border);border-radius:10px;background:var(--panel)}
.story{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);gap:8px 28px}
.story p{margin:4px 0}.story figure{margin:0;align-self:center}
.head{font-size:16px}
.tag{font-size:12px;padding:0 8px;border:1px solid currentColor;border-radius:99px;vertical-align:1px;color:var(--faint)}.tag.critical{color:var(--red)}
.ours{color:var(--blue)}.both{color:var(--green)}
figure{margin:14px 0}
.plot{position:relative;padding-left:64px;padding-bottom:22px}
.plot svg{display:block;width:100%;overflow:visible}
.plot path{fill:none;vector-effect:non-scaling-stroke}
.y span{position:absolute;left:0;width:56px;text-align:right;font-size:11.5px;line-height:1;color:var(--faint);transform:translateY(-50%);white-space:nowrap}
.y{position:absolute;left:0;top:0;bottom:22px;width:56px}
.x{position:absolute;left:64px;right:0;bottom:0;height:18px}
.x span{position:absolute;transform:translateX(-50%);font-size:11.5px;line-height:18px;color:var(--faint);white-space:nowrap}
.x .start{transform:none}.x .end{transform:translateX(-100%)}
.plot .grid{stroke:var(--grid)}
.plot .line{stroke-width:1.6;stroke-linejoin:round;stroke:var(--text)}
.plot .line.real{stroke:var(--amber)}.plot .line.plan{stroke:var(--blue);stroke-width:2}.plot .line.hpa{stroke:var(--faint);stroke-dasharray:4 3}.plot .line.load{stroke:var(--faint)}
.plot path.area{fill:var(--band)}
.plot .mark{stroke-width:1.8}.plot .mark.page{stroke:var(--blue)}.plot .mark.alert{stroke:var(--amber);stroke-dasharray:4 3}.plot .mark.capacity{stroke:var(--green)}
.shade{fill:var(--shade)}
.curve{max-width:520px}
.lanes{margin:14px 0 4px}
.lane{display:grid;grid-template-columns:190px minmax(0,1fr);gap:12px;align-items:center}
.lane>span{font-size:13px;text-align:right;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.lane>div{position:relative;height:26px;border-bottom:1px solid var(--grid)}
.lane i{position:absolute;height:9px;min-width:3px;border-radius:2px}
.lane i.page{top:3px;background:var(--blue)}.lane i.alert{top:14px;background:var(--amber)}.lane i.quiet{opacity:.45}
.lane.axis>div{border:0;height:20px}.lane .x{left:0}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:12.5px;color:var(--faint)}
.legend span{display:inline-flex;align-items:center;gap:7px}
.key{width:18px;border-top:2.5px solid var(--text)}.key.real,.key.alert{border-color:var(--amber)}.key.plan,.key.page{border-color:var(--blue)}.key.hpa{border-top:2px dashed var(--faint)}.key.quiet{border-color:var(--amber);opacity:.45}.key.capacity{border-color:var(--green)}.key.band{height:12px;border:0;background:var(--band)}
.strip{display:flex;height:14px;min-width:160px;border-radius:2px;overflow:hidden;background:var(--border)}
.strip i{flex:1;background:var(--green)}
details{margin:10px 0}summary{cursor:pointer;color:var(--faint)}
pre{white-space:pre-wrap;font:12.5px/1.6 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;margin:8px 0}
ul{padding-left:20px;margin:8px 0}li{margin:3px 0}
time{white-space:nowrap}
@media screen and (max-width:760px){body{padding:20px 16px 48px;font-size:15px}.verdict li{font-size:17.5px}.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.figures div{padding:10px 12px}.figures dd{font-size:20px}.story{grid-template-columns:minmax(0,1fr);padding:14px}.workload{padding:14px}.lane{grid-template-columns:minmax(0,1fr);gap:0}.lane>span{text-align:left;color:var(--faint);margin-top:4px}.plot{padding-left:52px}.y,.y span{width:46px}.x{left:52px}.lane .x{left:0}.x:not(.many) span:nth-child(even):not(.end),.x.many span:not(:nth-child(3n+1)){display:none}}
@media print{:root{--ground:#fff;--panel:#fff;--text:#000;--faint:#444;--border:#bbb;--blue:#1463c0;--amber:#a8650a;--green:#1f7d53;--red:#c2242c;--band:rgba(20,99,192,.14);--grid:rgba(0,0,0,.12)}body{max-width:none;padding:0;font-size:11pt}.story,.figures,figure,tr{break-inside:avoid}h2,h3{break-after:avoid}details{display:none}*{print-color-adjust:exact}}
`;
