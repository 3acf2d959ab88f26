// Choosing an action to run in an account.
import { api, type Connection } from '../api/client';
import { useResource } from '../api/resource';
import { Loaded, Page } from '../parts/basics';
import { goSilently, hrefOf } from '../route';
import { AccountField, NoAccount, OperationList, useConnections } from './choose';
import { DeprecatedBadge } from './deprecated';
import { EffectBadges } from './effects';

export function ActionsPage({ query }: { query: URLSearchParams }) {
  const connections = useConnections();
  const wanted = query.get('connection');
  const connection = connections.value?.find(({ id }) => id === wanted) ?? connections.value?.find(({ state }) => state === 'ok') ?? connections.value?.[0];
  return (
    <Page title="Actions" lead="Run an action in a connected account. You can preview the exact request before it is sent.">
      <Loaded of={connections}>
        {list =>
          connection === undefined ? (
            <NoAccount />
          ) : (
            <>
              {list.length > 1 && <AccountField connections={list} chosen={connection.id} onChoose={id => goSilently(['actions'], { connection: id })} />}
              <ActionChoice connection={connection} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function ActionChoice({ connection }: { connection: Connection }) {
  const plugin = useResource(`plugin ${connection.plugin}`, () => api.plugin(connection.plugin));
  return (
    <Loaded of={plugin}>
      {({ actions }) => (
        <OperationList
          what="action"
          operations={actions}
          hrefOfOne={({ id }) => hrefOf(['actions', connection.id, id])}
          mark={one => (
            <span className="marks">
              <EffectBadges effects={one.effects} />
              <DeprecatedBadge deprecated={one.deprecated} />
            </span>
          )}
        />
      )}
    </Loaded>
  );
}
