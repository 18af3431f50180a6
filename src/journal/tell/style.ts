/** How the page of a report looks, on light and dark screens. */
export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { margin: 2em auto; max-width: 75em; padding: 0 1em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 1em; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .15em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { border-bottom: 1px solid gray; font-weight: 600; }
tr.bad td:last-child, tr.bad td:first-child { color: #c62828; }
tr.none td { color: gray; }
.time td:first-child { width: 20%; }
.time td:last-child { width: 18%; }
.scale span { float: left; }
.scale span + span { float: right; }
.bar { position: relative; height: 1em; margin-top: .2em; background: rgba(128, 128, 128, .12); }
.bar i { position: absolute; height: 100%; min-width: 2px; }
.legend i { display: inline-block; width: 1em; height: .8em; margin-left: 1em; }
.connect { background: #90a4ae; }
.lock { background: #b39ddb; }
.files { background: #ffb74d; }
.exec { background: #4caf50; }
.bad .exec { background: #e53935; }
`;
