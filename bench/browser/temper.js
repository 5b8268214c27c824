// Temper in the page: its worker, asked for a run as the page asks, with neither form nor charts.

/** One request at a time, and the events between them. */
class Engine {
  constructor() {
    this.worker = new Worker('/bench/worker.js', { type: 'module' });
    this.heard = () => {};
    this.asked = 0;
    this.waiting = null;
    this.alive = new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message ?? 'the worker could not be loaded'));
      this.worker.onmessage = ({ data }) => {
        resolve();
        this.hear(JSON.parse(data.json), data.counted);
      };
    });
  }

  hear({ type, data }, counted) {
    if (type === 'event') this.heard(data.event, counted);
    if (type === 'answer' && data.to === this.asked) this.waiting?.(data.result);
    if (type === 'log') console.log(data.text);
  }

  /** The answer's data; a failure is thrown. */
  async ask(type, data, files = []) {
    await this.alive;
    this.asked += 1;
    const result = await new Promise((resolve) => {
      this.waiting = resolve;
      const command = data === undefined ? { type } : { type, data };
      this.worker.postMessage({ json: JSON.stringify({ id: this.asked, command }), files });
    });
    if (result.Err) throw Object.assign(new Error(result.Err.message), { kind: result.Err.kind });
    return result.Ok.data;
  }

  /** Opens the device. The worker says which version of the protocol it speaks. */
  async hello(device) {
    const greet = (version) => this.ask('hello', { version, device });
    return greet(0).catch((error) => {
      if (error.kind?.type !== 'version') throw error;
      return greet(error.kind.data.worker);
    });
  }
}

async function file(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new File([await response.blob()], url.split('/').at(-1));
}

/** Steps of the work, each from the line of the step before to its own. */
export async function bench({ device, steps }) {
  const work = await (await fetch('/work/work.json')).json();
  const engine = new Engine();
  const info = await engine.hello(device === 'cpu' ? 'cpu' : 'wgpu');
  await engine.ask('open_model', undefined, await Promise.all(work.model.map((name) => file(`/model/${name}`))));
  await engine.ask('import_data', { eval: false, rows: work.kind }, [await file(`/work/${work.rows}`)]);
  const config = { ...work.run, loop: { ...work.run.loop, max_steps: steps } };
  const taken = [];
  const trained = new Promise((resolve, reject) => {
    engine.heard = (event, counted) => {
      const now = performance.now();
      if (event.type === 'phase' && event.data.type === 'training') taken.push({ now, counted });
      if (event.type === 'step') taken.push({ now, counted, loss: new Map(event.data.values).get('loss') });
      if (event.type === 'failed') reject(new Error(event.data.message));
      if (taken.length > steps) resolve();
    };
  });
  await engine.ask('start', { run: 1, config, resume: false });
  await trained;
  engine.worker.terminate();
  return { taken, device: info.name };
}
