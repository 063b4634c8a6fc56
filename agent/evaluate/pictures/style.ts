/** Colors of the reports, on a ground of their own: a picture is read on light pages and on dark ones. */
export const PICTURE_STYLE = `
svg{--ground:#fff;--border:#dce0e6;--text:#161c26;--faint:#596372;--blue:#1463c0;--amber:#9a5b00;--green:#1d7a4f;--red:#c2242c;--band:rgba(20,99,192,.14);--deep:rgba(20,99,192,.2);--alert:rgba(194,36,44,.11);--event:rgba(90,105,125,.16);--grid:rgba(20,30,45,.1);--dot:rgba(90,105,125,.55)}
@media (prefers-color-scheme:dark){svg{--ground:#0f1319;--border:#2c3441;--text:#e5e9ef;--faint:#9ba6b5;--blue:#74b3ff;--amber:#e8b84f;--green:#5cc596;--red:#ff8a80;--band:rgba(116,179,255,.16);--deep:rgba(116,179,255,.22);--alert:rgba(255,112,112,.16);--event:rgba(160,175,195,.16);--grid:rgba(200,215,235,.12);--dot:rgba(160,175,195,.5)}}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;fill:var(--text)}
path{fill:none;stroke-linejoin:round}
.ground{fill:var(--ground);stroke:var(--border)}
.head{font-size:15px;font-weight:650}
.name{font-size:13px;font-weight:600}
.tick,.said{fill:var(--faint)}
.grid{stroke:var(--grid)}
.seen{stroke:var(--text);stroke-width:1.3}
.usual{stroke:var(--blue);stroke-width:1.3}
.level{stroke:var(--red);stroke-width:1.3;stroke-dasharray:5 4}
.truth{stroke:var(--green);stroke-width:1.8}
.other{stroke:var(--amber);stroke-width:1.6}
.crowd{stroke:var(--dot);stroke-width:.8}
.fault{stroke:var(--red);stroke-width:1.5}
.band{fill:var(--band)}.deep{fill:var(--deep)}.alert{fill:var(--alert)}.event{fill:var(--event)}
.dot{fill:var(--dot)}.odd,.rise{fill:var(--red)}.fall{fill:var(--green)}.whole{fill:var(--faint)}.bar{fill:var(--blue)}
`;
