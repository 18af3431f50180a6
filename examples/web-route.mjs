// A web page that shows a job while it runs: node examples/web-route.mjs root@web1 root@web2, then open http://127.0.0.1:8080/, or
//   curl -N -X POST http://127.0.0.1:8080/jobs/uptime
// Whoever leaves the page ends the job. With Express: `app.post('/jobs/:name', ({ params }, response) => runJob(params.name, response))`.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createFleet } from 'lockstep-ssh';

const JOBS = {
  uptime: ({ shell }) => shell.run('uptime', { check: true }),
  disks: ({ shell }) => shell.run('df -h /', { check: true }),
};

const PAGE = `<!doctype html><title>jobs</title>
${Object.keys(JOBS).map((name) => `<button onclick="run('${name}')">${name}</button>`)}
<pre id="out"></pre>
<script>
async function run(name) {
  out.textContent = '';
  const { body } = await fetch('/jobs/' + name, { method: 'POST' });
  for await (const text of body.pipeThrough(new TextDecoderStream())) out.append(text);
}
</script>`;

/** The fleet of a request holds its own lock, and ends with it. */
async function runJob(name, response) {
  const left = new AbortController();
  response.once('close', () => left.abort(new Error('nobody looks at it any more')));
  const fleet = createFleet({
    lock: { reason: `the web page: ${name}` },
    connect: JSON.parse(process.env.LOCKSTEP_CONNECT ?? '{}'),
    signal: left.signal,
    // A browser that is slow holds the command back.
    onEvent: async (event) => {
      const text = textOf(event);
      if (text !== undefined && !response.write(text)) await once(response, 'drain', { signal: left.signal });
    },
  });
  for (const host of process.argv.slice(2)) fleet.sites.add(host, 'all', { host });
  fleet.jobs.add(name, 'all', JOBS[name]);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  try {
    const { ok } = await fleet.run(name);
    response.end(ok ? 'done\n' : 'failed\n');
  } catch (error) {
    response.end(`${error.message}\n`);
  } finally {
    await fleet.close();
  }
}

/** A browser takes the text as it is: nothing of it is markup. */
function textOf(event) {
  if (event.type === 'output') return `${event.of.site}: ${Buffer.from(event.chunk)}`;
  if (event.type === 'action-ended' && event.outcome.errors.length > 0)
    return `${event.of.site}: ${event.outcome.errors.map((error) => error.message).join('; ')}\n`;
  return undefined;
}

const server = createServer((request, response) => {
  const name = /^\/jobs\/(\w+)$/.exec(request.url ?? '')?.[1];
  if (request.method === 'GET' && request.url === '/')
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
  if (request.method !== 'POST' || !Object.hasOwn(JOBS, name ?? '')) return response.writeHead(404).end();
  // Pages of others can make a browser ask, too.
  const { host, origin = `http://${host}` } = request.headers;
  if (host !== `127.0.0.1:${server.address().port}` || origin !== `http://${host}`)
    return response.writeHead(403).end();
  return runJob(name, response);
});
// Only for this machine: whoever reaches it runs these jobs.
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
