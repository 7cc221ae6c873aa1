import { useQuery } from '@tanstack/react-query';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { calendarUrl, resetCalendarUrl } from '../api/tocsin';
import { useMay, useMe } from '../me';
import { Copyable } from './facts';
import { AskButton, Problem } from './feedback';

/** Where a calendar program finds the shifts of a schedule or a person. */
export function CalendarFeed({ contact, of }: { contact: string; of: string }) {
  const me = useMe();
  const may = useMay('admin');
  const url = useQuery({ queryKey: ['contact', contact, 'calendar'], queryFn: () => calendarUrl(contact) });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Subscribe to it, and the shifts of ${of} stand in your own calendar. Whoever has the address can read them.`}
          actions={
            <AskButton
              label="New address"
              verb="Make a new address"
              title="Make a new calendar address?"
              disabled={!may}
              work={() => resetCalendarUrl(contact)}
              onDone={() => me.flash('success', 'The old calendar address does not work any more')}
            >
              Every calendar that is subscribed to the old one stops following.
            </AskButton>
          }
        >
          Calendar feed
        </Header>
      }
    >
      <Problem error={url.error} />
      {url.data && <Copyable text={url.data} label="the calendar address" />}
    </Container>
  );
}
