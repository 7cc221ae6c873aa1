import type { ReactNode } from 'react';
import { useCollection } from '@cloudscape-design/collection-hooks';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { Nothing, Problem } from './feedback';

interface ListingProps<T> {
  title: string;
  description?: ReactNode;
  /** One of them, for labels: "contact". */
  noun: string;
  items: T[] | undefined;
  error?: unknown;
  loading: boolean;
  columns: TableProps.ColumnDefinition<T>[];
  id: (item: T) => string;
  actions?: ReactNode;
  empty?: ReactNode;
  filter?: boolean;
  variant?: 'full-page' | 'container';
}

/** A table that can be sorted, filtered and paged in the browser. */
export function Listing<T>(p: ListingProps<T>) {
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(p.items ?? [], {
    filtering: {
      empty: p.empty ?? <Nothing title={`No ${p.noun} yet`} />,
      noMatch: <Nothing title="Nothing matches the filter" />,
    },
    pagination: { pageSize: 25 },
    sorting: {},
  });
  const many = (p.items?.length ?? 0) > 25;
  return (
    <Table
      {...collectionProps}
      items={items}
      columnDefinitions={p.columns}
      trackBy={p.id}
      loading={p.loading}
      loadingText="Loading"
      variant={p.variant ?? 'container'}
      stickyHeader={false}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: p.title, itemSelectionLabel: (_, i) => p.id(i) }}
      header={
        <>
          <Header
            variant={p.variant === 'full-page' ? 'awsui-h1-sticky' : 'h2'}
            counter={p.items ? `(${p.items.length})` : undefined}
            description={p.description}
            actions={p.actions}
          >
            {p.title}
          </Header>
          {p.error ? <Problem error={p.error} /> : null}
        </>
      }
      filter={
        p.filter !== false && (p.items?.length ?? 0) > 5 ? (
          <TextFilter
            {...filterProps}
            filteringPlaceholder={`Find ${p.noun}`}
            filteringAriaLabel={`Find ${p.noun}`}
            countText={filterProps.filteringText ? `${filteredItemsCount ?? 0} found` : ''}
          />
        ) : undefined
      }
      pagination={many ? <Pagination {...paginationProps} /> : undefined}
    />
  );
}
