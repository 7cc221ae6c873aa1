package config

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/store"
)

// The recorder and the delivery channel can be made, shown, started, stopped and
// removed as at AWS, in the order that AWS demands. Nothing is recorded or delivered:
// the watches of tocsin.yaml read resources themselves.

// standard is what the only recorder and channel are called where nothing is said.
const standard = "default"

func named(name *string) string {
	if name == nil {
		return standard
	}
	return *name
}

func noRecorder(name string) error {
	return &wire.NoSuchConfigurationRecorderException{Message: "Cannot find configuration recorder with the specified name '" + name + "'."}
}

// recorder gives the recorder if it has this name.
func recorder(tx *store.Tx, name string) (*store.Recorder, error) {
	r, err := tx.Recorder()
	if err == nil && (r == nil || r.Name != name) {
		err = noRecorder(name)
	}
	return r, err
}

// PutConfigurationRecorder makes the recorder or changes it.
func (s *Server) PutConfigurationRecorder(ctx context.Context, in *wire.PutConfigurationRecorderInput) (*wire.PutConfigurationRecorderOutput, error) {
	given := in.ConfigurationRecorder
	given.Name = new(named(given.Name))
	if given.RoleARN == nil || !tocsin.ARN(*given.RoleARN).Valid() {
		return nil, &wire.InvalidRoleException{Message: "You have provided a null or empty role ARN, or one that is none."}
	}
	if g := given.RecordingGroup; g == nil {
		given.RecordingGroup = &wire.RecordingGroup{AllSupported: new(true), IncludeGlobalResourceTypes: new(false), ResourceTypes: []wire.ResourceType{}}
	} else if g.AllSupported != nil && *g.AllSupported && len(g.ResourceTypes) > 0 {
		return nil, &wire.InvalidRecordingGroupException{Message: "The recording group provided is not valid: allSupported and resourceTypes exclude each other."}
	}
	body, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	return &wire.PutConfigurationRecorderOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := tx.Recorder()
		switch {
		case err != nil:
			return err
		case r == nil:
			r = &store.Recorder{Name: *given.Name}
		case r.Name != *given.Name:
			return &wire.MaxNumberOfConfigurationRecordersExceededException{Message: "Failed to put configuration recorder '" + *given.Name +
				"' because the maximum number of configuration recorders: 1 is reached."}
		}
		r.Body, r.Changed = string(body), tx.Now()
		return tx.PutRecorder(r)
	})
}

// DeleteConfigurationRecorder removes the recorder; rules stay.
func (s *Server) DeleteConfigurationRecorder(ctx context.Context, in *wire.DeleteConfigurationRecorderInput) (*wire.DeleteConfigurationRecorderOutput, error) {
	return &wire.DeleteConfigurationRecorderOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := recorder(tx, in.ConfigurationRecorderName)
		if err != nil {
			return err
		}
		return tx.DeleteRecorder(r.Name)
	})
}

// StartConfigurationRecorder starts the recorder, which needs a delivery channel.
func (s *Server) StartConfigurationRecorder(ctx context.Context, in *wire.StartConfigurationRecorderInput) (*wire.StartConfigurationRecorderOutput, error) {
	return &wire.StartConfigurationRecorderOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := recorder(tx, in.ConfigurationRecorderName)
		if err != nil {
			return err
		}
		channel, _, err := tx.DeliveryChannel()
		if err == nil && channel == "" {
			err = &wire.NoAvailableDeliveryChannelException{Message: "Delivery channel is not available to start configuration recorder."}
		}
		if err != nil {
			return err
		}
		r.Started, r.Changed = tx.Now(), tx.Now()
		return tx.PutRecorder(r)
	})
}

// StopConfigurationRecorder stops the recorder.
func (s *Server) StopConfigurationRecorder(ctx context.Context, in *wire.StopConfigurationRecorderInput) (*wire.StopConfigurationRecorderOutput, error) {
	return &wire.StopConfigurationRecorderOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := recorder(tx, in.ConfigurationRecorderName)
		if err != nil {
			return err
		}
		r.Stopped, r.Changed = tx.Now(), tx.Now()
		return tx.PutRecorder(r)
	})
}

// listed gives the recorder if the request asks for it, or for all; nil if there is
// none. Asking for another by name is an error.
func (s *Server) listed(ctx context.Context, names []string) (r *store.Recorder, err error) {
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if r, err = tx.Recorder(); err != nil {
			return err
		}
		for _, name := range names {
			if r == nil || r.Name != name {
				return noRecorder(name)
			}
		}
		return nil
	})
	return r, err
}

// DescribeConfigurationRecorders shows the recorder.
func (s *Server) DescribeConfigurationRecorders(ctx context.Context, in *wire.DescribeConfigurationRecordersInput) (*wire.DescribeConfigurationRecordersOutput, error) {
	out := &wire.DescribeConfigurationRecordersOutput{ConfigurationRecorders: []wire.ConfigurationRecorder{}}
	r, err := s.listed(ctx, in.ConfigurationRecorderNames)
	if err != nil || r == nil {
		return out, err
	}
	var w wire.ConfigurationRecorder
	if err := json.Unmarshal([]byte(r.Body), &w); err != nil {
		return nil, fmt.Errorf("read stored recorder: %w", err)
	}
	out.ConfigurationRecorders = append(out.ConfigurationRecorders, w)
	return out, nil
}

// DescribeConfigurationRecorderStatus shows whether the recorder was started.
func (s *Server) DescribeConfigurationRecorderStatus(ctx context.Context, in *wire.DescribeConfigurationRecorderStatusInput) (*wire.DescribeConfigurationRecorderStatusOutput, error) {
	out := &wire.DescribeConfigurationRecorderStatusOutput{ConfigurationRecordersStatus: []wire.ConfigurationRecorderStatus{}}
	r, err := s.listed(ctx, in.ConfigurationRecorderNames)
	if err != nil || r == nil {
		return out, err
	}
	st := wire.ConfigurationRecorderStatus{Name: &r.Name, Recording: new(r.Recording()), LastStartTime: api.OptionalTime(r.Started),
		LastStopTime: api.OptionalTime(r.Stopped), LastStatusChangeTime: &r.Changed}
	if !r.Started.IsZero() {
		st.LastStatus = new(wire.RecorderStatusSuccess)
	}
	out.ConfigurationRecordersStatus = append(out.ConfigurationRecordersStatus, st)
	return out, nil
}

// PutDeliveryChannel makes the delivery channel or changes it. Bucket and topic are
// not looked at: nothing is delivered there.
func (s *Server) PutDeliveryChannel(ctx context.Context, in *wire.PutDeliveryChannelInput) (*wire.PutDeliveryChannelOutput, error) {
	given := in.DeliveryChannel
	given.Name = new(named(given.Name))
	switch {
	case api.Text(given.S3BucketName) == "":
		return nil, &wire.NoSuchBucketException{Message: "Cannot find a S3 bucket with an empty bucket name."}
	case given.SnsTopicARN != nil && !tocsin.ARN(*given.SnsTopicARN).Valid():
		return nil, &wire.InvalidSNSTopicARNException{Message: "The sns topic arn '" + *given.SnsTopicARN + "' is not valid."}
	}
	body, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	return &wire.PutDeliveryChannelOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := tx.Recorder()
		if err != nil {
			return err
		}
		if r == nil {
			return &wire.NoAvailableConfigurationRecorderException{Message: "Configuration recorder is not available to put delivery channel."}
		}
		name, _, err := tx.DeliveryChannel()
		if err != nil {
			return err
		}
		if name != "" && name != *given.Name {
			return &wire.MaxNumberOfDeliveryChannelsExceededException{Message: "Failed to put delivery channel '" + *given.Name +
				"' because the maximum number of delivery channels: 1 is reached."}
		}
		return tx.PutDeliveryChannel(*given.Name, string(body))
	})
}

func noChannel(name string) error {
	return &wire.NoSuchDeliveryChannelException{Message: "Cannot find delivery channel with specified name '" + name + "'."}
}

// DeleteDeliveryChannel removes the delivery channel of a recorder that is stopped.
func (s *Server) DeleteDeliveryChannel(ctx context.Context, in *wire.DeleteDeliveryChannelInput) (*wire.DeleteDeliveryChannelOutput, error) {
	return &wire.DeleteDeliveryChannelOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		name, _, err := tx.DeliveryChannel()
		if err != nil {
			return err
		}
		if name != in.DeliveryChannelName {
			return noChannel(in.DeliveryChannelName)
		}
		r, err := tx.Recorder()
		if err != nil {
			return err
		}
		if r != nil && r.Recording() {
			return &wire.LastDeliveryChannelDeleteFailedException{Message: "Failed to delete last specified delivery channel with name '" + name +
				"', because there is a running configuration recorder."}
		}
		return tx.DeleteDeliveryChannel(name)
	})
}

// channels gives the delivery channel if the request asks for it, or for all.
func (s *Server) channels(ctx context.Context, names []string) (name, body string, err error) {
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if name, body, err = tx.DeliveryChannel(); err != nil {
			return err
		}
		if i := slices.IndexFunc(names, func(n string) bool { return n != name }); i >= 0 {
			return noChannel(names[i])
		}
		return nil
	})
	return name, body, err
}

// DescribeDeliveryChannels shows the delivery channel.
func (s *Server) DescribeDeliveryChannels(ctx context.Context, in *wire.DescribeDeliveryChannelsInput) (*wire.DescribeDeliveryChannelsOutput, error) {
	out := &wire.DescribeDeliveryChannelsOutput{DeliveryChannels: []wire.DeliveryChannel{}}
	name, body, err := s.channels(ctx, in.DeliveryChannelNames)
	if err != nil || name == "" {
		return out, err
	}
	var w wire.DeliveryChannel
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		return nil, fmt.Errorf("read stored delivery channel: %w", err)
	}
	out.DeliveryChannels = append(out.DeliveryChannels, w)
	return out, nil
}

// DescribeDeliveryChannelStatus says that nothing was delivered.
func (s *Server) DescribeDeliveryChannelStatus(ctx context.Context, in *wire.DescribeDeliveryChannelStatusInput) (*wire.DescribeDeliveryChannelStatusOutput, error) {
	out := &wire.DescribeDeliveryChannelStatusOutput{DeliveryChannelsStatus: []wire.DeliveryChannelStatus{}}
	name, _, err := s.channels(ctx, in.DeliveryChannelNames)
	if err != nil || name == "" {
		return out, err
	}
	none := func() *wire.ConfigExportDeliveryInfo {
		return &wire.ConfigExportDeliveryInfo{LastStatus: new(wire.DeliveryStatusNotApplicable)}
	}
	out.DeliveryChannelsStatus = append(out.DeliveryChannelsStatus, wire.DeliveryChannelStatus{Name: &name, ConfigSnapshotDeliveryInfo: none(),
		ConfigHistoryDeliveryInfo: none(), ConfigStreamDeliveryInfo: &wire.ConfigStreamDeliveryInfo{LastStatus: new(wire.DeliveryStatusNotApplicable)}})
	return out, nil
}
