import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { acceptPage, type Page, type Receipt } from '../api/contacts';
import { useMe } from '../me';
import { useNames } from '../names';
import { useNow } from '../now';
import { useChannels } from '../queries';
import { channelOf, type Picture } from '../words/engaged';
import { ago, instant } from '../words/time';
import { FormDialog } from './form';

type WholePage = Page & { receipts: Receipt[] };

/** "E-mail to work" for the channel that a page went to. */
export function ChannelName({ page }: { page: WholePage }) {
  const arn = channelOf(page);
  const channels = useChannels(page.ContactArn, arn !== undefined);
  if (arn === undefined) return <>not sent yet</>;
  const channel = channels.data?.find((c) => c.ContactChannelArn === arn);
  if (!channel) return <>a channel that is gone</>;
  const kinds = { EMAIL: 'E-mail', SMS: 'SMS', VOICE: 'Voice call' };
  const kind = kinds[channel.Type ?? 'EMAIL'];
  return <>{channel.Name === kind ? kind : `${channel.Name} (${kind})`}</>;
}

/** Acknowledge one of the pages that wait for an answer. */
export function AcknowledgeDialog({ pages, onClose }: { pages: WholePage[]; onClose: () => void }) {
  const me = useMe();
  const now = useNow();
  const name = useNames();
  const [shown] = useState(pages);
  const [chosen, setChosen] = useState(shown[0]?.PageArn ?? '');
  const [code, setCode] = useState('');
  const wrong = code !== '' && !/^\d{6,10}$/.test(code);
  return (
    <FormDialog
      title="Acknowledge"
      verb="Acknowledge"
      ready={chosen !== '' && !wrong}
      work={() => acceptPage(chosen, code)}
      onClose={onClose}
      onDone={() => me.flash('success', 'Acknowledged: this person is not paged again.')}
    >
      {shown.length > 1 && (
        <FormField label="Whose page">
          <RadioGroup
            value={chosen}
            onChange={(e) => setChosen(e.detail.value)}
            items={shown.map((p) => ({
              value: p.PageArn,
              label: name(p.ContactArn),
              description: (
                <>
                  <ChannelName page={p} />
                  {p.SentTime ? `, ${ago(p.SentTime, now)}` : ''}
                </>
              ),
            }))}
          />
        </FormField>
      )}
      {shown.length === 1 && shown[0] && (
        <Box>
          The page to <strong>{name(shown[0].ContactArn)}</strong>: <ChannelName page={shown[0]} />.
        </Box>
      )}
      <FormField
        label="Code from the message"
        constraintText="Leave it empty if you have no code at hand; your sign-in vouches for you then."
        errorText={wrong ? 'A code has 6 to 10 digits.' : undefined}
      >
        <div className="mono code-input">
          <Input value={code} onChange={(e) => setCode(e.detail.value.trim())} inputMode="numeric" autoComplete={false} autoFocus placeholder="123456" />
        </div>
      </FormField>
    </FormDialog>
  );
}

/** Who was paged and whether anybody answered, in one line. */
export function AnswerLine({ picture }: { picture: Picture }) {
  const now = useNow();
  const name = useNames();
  const first = picture.answers[0];
  if (first) {
    return (
      <StatusIndicator type="success">
        <span className="words" title={instant(first.time)}>
          Acknowledged by {name(first.contact)} {ago(first.time, now)}
        </span>
      </StatusIndicator>
    );
  }
  if (picture.paged.length === 0) {
    return picture.running ? (
      <StatusIndicator type="pending">Engaging, nobody paged yet</StatusIndicator>
    ) : (
      <StatusIndicator type="warning">Nobody was paged</StatusIndicator>
    );
  }
  return (
    <StatusIndicator type="warning">
      <span className="words">Not acknowledged; paged {picture.paged.map(name).join(', ')}</span>
    </StatusIndicator>
  );
}
