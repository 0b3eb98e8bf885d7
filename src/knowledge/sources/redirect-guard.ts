import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';

/**
 * Whether a redirect may be followed: a page of the outside does not lead into the network that it is read from, and no
 * page leads to link-local addresses, where cloud machines tell their secrets. Who names such an address himself gets it.
 */
export async function mayRedirect(from: URL, to: URL): Promise<boolean> {
  if (from.hostname === to.hostname) return true;
  const target = await addressesOf(to);
  if (target.some((address) => isIn(linkLocal, address))) return false;
  if (!target.some((address) => isIn(inside, address))) return true;
  return (await addressesOf(from)).some((address) => isIn(inside, address));
}

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

const inside = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  inside.addSubnet(network, prefix, 'ipv4');
}
inside.addSubnet('::', 127, 'ipv6');
inside.addSubnet('fc00::', 7, 'ipv6');

/** A list of IPv4 networks holds their IPv6 forms (::ffff:10.0.0.1), too. */
function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** None if the name is unknown: the request says so better. */
async function addressesOf({ hostname }: URL): Promise<string[]> {
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
