import { deleteOverride, type Rotation } from '../../api/oncall';
import { useMay, useMe } from '../../me';
import { useNames } from '../../names';
import { momentIn } from '../../words/zone';
import { AskButton, Nothing } from '../../parts/feedback';
import { Listing } from '../../parts/listing';
import { zone } from '../../parts/when';
import { useOverrides } from './data';

/** Who stands in for whom, now and later. */
export function Overrides({ rotations }: { rotations: Rotation[] }) {
  const me = useMe();
  const may = useMay('admin');
  const name = useNames();
  const { overrides, pending, error } = useOverrides(rotations);
  return (
    <Listing
      title="Overrides"
      noun="override"
      items={overrides}
      loading={pending}
      error={error}
      id={(o) => o.RotationOverrideId}
      empty={<Nothing title="No overrides">Everybody takes their turn as planned.</Nothing>}
      columns={[
        { id: 'who', header: 'On call instead', isRowHeader: true, minWidth: 150, cell: (o) => o.NewContactIds.map(name).join(', ') || 'Nobody' },
        { id: 'from', header: 'From', minWidth: 130, cell: (o) => momentIn(o.StartTime, zone) },
        { id: 'to', header: 'To', minWidth: 130, cell: (o) => momentIn(o.EndTime, zone) },
        { id: 'rotation', header: 'Rotation', minWidth: 110, cell: (o) => o.rotation.Name },
        {
          id: 'delete',
          header: 'Actions',
          cell: (o) => (
            <AskButton
              inline
              label="Delete"
              verb="Delete"
              title="Delete this override?"
              disabled={!may}
              work={() => deleteOverride(o.rotation.RotationArn, o.RotationOverrideId)}
              onDone={() => me.flash('success', 'Override deleted')}
            >
              The rotation is as planned again, from {momentIn(o.StartTime, zone)} to {momentIn(o.EndTime, zone)}.
            </AskButton>
          ),
        },
      ]}
    />
  );
}
