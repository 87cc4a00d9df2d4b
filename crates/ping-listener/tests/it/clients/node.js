// Drives a server with the client healthchecks-io-client: makes a check, pings it, and reads it back.

const assert = require('node:assert');
const { HealthChecksApiClient, HealthChecksPingClient } = require('healthchecks-io-client');

const [site, apiKey] = process.argv.slice(2);

async function main() {
  const api = new HealthChecksApiClient({ apiKey, baseUrl: site });
  const made = await api.createCheck({ name: 'From Node', tags: 'node', timeout: 3600, grace: 600 });
  const uuid = made.ping_url.split('/').pop();
  // The root form, as the hosted service has it.
  const client = new HealthChecksPingClient({ uuid, baseUrl: site, returnResponse: true });
  assert.strictEqual(await client.start(), 'OK');
  assert.strictEqual(await client.fail('no room'), 'OK');
  assert.strictEqual(await client.success('all well'), 'OK');
  assert.strictEqual((await api.getCheck(uuid)).status, 'up');
  const { pings } = await api.listPings(uuid);
  assert.deepStrictEqual(pings.map((ping) => ping.type), ['success', 'fail', 'start']);
  assert.ok(pings[0].ua.startsWith('HealthChecks-IO-Client-JS/'), pings[0].ua);
  assert.deepStrictEqual((await api.listFlips(uuid)).flips.map((flip) => flip.up), [1, 0]);
  assert.deepStrictEqual((await api.getChecks(['node'])).checks.length, 1);
  assert.strictEqual((await api.updateCheck(uuid, { name: 'Renamed' })).name, 'Renamed');
  console.log(uuid);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
