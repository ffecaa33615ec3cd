import { $ } from 'bun'
import { startPeer, type Peer } from './peer.ts'

// One process that keeps its connections, so that all its processor time is counted.
const configuration = `daemon off; master_process off; error_log stderr; pid nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 1000000;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
  uwsgi_temp_path temp; scgi_temp_path temp;
  server { listen 127.0.0.1:PORT; root .; location = /livez { return 200; } }
}`

/**
 * Starts nginx on a folder.
 * @returns the reason if it is not available
 */
export async function startNginx(folder: string): Promise<Peer | string> {
  const nginx = Bun.which('nginx') ?? Bun.which('nginx', { PATH: '/usr/sbin' })
  if (!nginx) return 'there is no nginx here'
  await $`mkdir -p ${folder}/temp`
  await Bun.write(`${folder}/nginx.in`, configuration)
  // The port is chosen by the caller.
  const start = `sed "s/PORT/$PORT/" nginx.in > nginx.conf; exec "$0" -p "$PWD" -c nginx.conf`
  return startPeer({ command: ['/bin/sh', '-c', start, nginx], environment: {}, folder })
}
