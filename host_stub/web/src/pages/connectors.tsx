// The first page: the installed connectors and their connected accounts.
import { useChanges } from '../api/changes';
import { api, type Connection, type Plugin } from '../api/client';
import { useResource } from '../api/resource';
import { Empty, Icon, Loaded, Note, Page } from '../parts/basics';
import { ConnectionBadge } from '../parts/states';
import { counted } from '../parts/words';
import { hrefOf } from '../route';

export function ConnectorsPage() {
  const plugins = useResource('plugins', api.plugins);
  const connections = useResource('connections', api.connections);
  useChanges(change => {
    if (change.kind === 'connection' || change.kind === 'connection_removed') {
      connections.reload();
      plugins.reload();
    }
  });
  return (
    <Page title="Connectors" lead="Connect an account, add triggers, and see its events.">
      <Loaded of={plugins}>
        {({ plugins: found, problems, searched }) => (
          <>
            {found.length === 0 && problems.length === 0 && (
              <Empty title="No connector is installed.">
                <p>Copy a connector's folder into {searched.join(' or ')}.</p>
              </Empty>
            )}
            <ul className="cards">
              {found.map(plugin => (
                <ConnectorCard key={plugin.id} plugin={plugin} connections={(connections.value ?? []).filter(each => each.plugin === plugin.id)} />
              ))}
            </ul>
            {problems.map(problem => (
              <Note key={problem.path + problem.code} tone="doubtful" title={`${problem.plugin} cannot be used (${problem.code}).`}>
                <p>
                  Found {problem.found}; expected {problem.expected}.
                </p>
                <p>{problem.advice}</p>
                <p className="hint">{problem.path}</p>
              </Note>
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function ConnectorCard({ plugin, connections }: { plugin: Plugin; connections: Connection[] }) {
  return (
    <li className="card connector">
      <div className="connector-head">
        <Icon icon={plugin.icon} title={plugin.title} />
        <div>
          <h2>{plugin.title}</h2>
          <p className="hint">
            {counted(plugin.counts.triggers, 'trigger')}, {counted(plugin.counts.actions, 'action')} · version {plugin.version}
          </p>
        </div>
        <a className={connections.length === 0 ? 'button primary' : 'button'} href={hrefOf(['connect', plugin.id])}>
          {connections.length === 0 ? 'Connect' : 'Connect another'}
          <span className="hidden-text"> {plugin.title} account</span>
        </a>
      </div>
      <p>{plugin.description ?? plugin.summary}</p>
      {connections.length > 0 && (
        <ul className="rows" aria-label={`${plugin.title} accounts`}>
          {connections.map(connection => (
            <li key={connection.id}>
              <a className="row" href={hrefOf(['connections', connection.id])}>
                <span className="row-main">
                  <strong>{connection.label}</strong>
                  <span className="hint">
                    {connection.method_title} · {counted(connection.triggers, 'trigger')}
                  </span>
                </span>
                <ConnectionBadge state={connection.state} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {plugin.links.docs !== undefined && (
        <p className="hint">
          <a href={plugin.links.docs} target="_blank" rel="noreferrer noopener">
            {plugin.title}'s documentation
          </a>
        </p>
      )}
    </li>
  );
}
