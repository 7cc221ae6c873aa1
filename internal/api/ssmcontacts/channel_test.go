package ssmcontacts_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func newChannel(t testing.TB, c *ssmcontacts.Client, contact string, kind types.ChannelType, address string, deferred bool) (arn string) {
	t.Helper()
	return *must[*ssmcontacts.CreateContactChannelOutput](t)(c.CreateContactChannel(ctx, &ssmcontacts.CreateContactChannelInput{ContactId: &contact, Name: awssdk.String("x"),
		Type: kind, DeliveryAddress: &types.ContactChannelAddress{SimpleAddress: &address}, DeferActivation: &deferred})).ContactChannelArn
}

func getChannel(t testing.TB, c *ssmcontacts.Client, arn string) *ssmcontacts.GetContactChannelOutput {
	t.Helper()
	return must[*ssmcontacts.GetContactChannelOutput](t)(c.GetContactChannel(ctx, &ssmcontacts.GetContactChannelInput{ContactChannelId: &arn}))
}

// mails are the messages of a kind to an address, the oldest first.
func mails(h *apitest.House, kind tocsin.MessageKind, address string) (out []tocsin.Message) {
	h.T.Helper()
	h.View(func(tx *store.Tx) error {
		all, err := tx.Outbox(store.Cursor{}, 1000)
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].Kind == kind && all[i].To == address {
				out = append(out, all[i])
			}
		}
		return err
	})
	return out
}

// code waits for the n-th activation message to an address and reads its code.
func code(h *apitest.House, address string, n int) string {
	h.T.Helper()
	var all []tocsin.Message
	h.Wait("an activation message", func() bool { all = mails(h, tocsin.KindActivation, address); return len(all) >= n })
	return all[n-1].Code
}

func activate(c *ssmcontacts.Client, arn, code string) error {
	_, err := c.ActivateContactChannel(ctx, &ssmcontacts.ActivateContactChannelInput{ContactChannelId: &arn, ActivationCode: &code})
	return err
}

// other is a code that is not this one.
func other(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func TestContactChannel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		alice := newPerson(t, c, "alice")
		const mail = "alice@example.org"
		arn := newChannel(t, c, alice, types.ChannelTypeEmail, mail, false)
		if !strings.HasPrefix(arn, "arn:aws:ssm-contacts:us-east-1:111122223333:contact-channel/alice/") {
			t.Errorf("arn %s", arn)
		}
		got := getChannel(t, c, arn)
		if *got.ContactArn != alice || *got.ContactChannelArn != arn || *got.Name != "x" || got.Type != types.ChannelTypeEmail ||
			*got.DeliveryAddress.SimpleAddress != mail || got.ActivationStatus != types.ActivationStatusNotActivated {
			t.Errorf("channel %+v", got)
		}

		// Codes: a wrong one does not count for good, a new one cancels the old, five wrong ones cancel it.
		first := code(h, mail, 1)
		if e := refused[*types.ValidationException](t, activate(c, arn, other(first))); *e.Fields[0].Name != "ActivationCode" {
			t.Errorf("%+v", e)
		}
		must[*ssmcontacts.SendActivationCodeOutput](t)(c.SendActivationCode(ctx, &ssmcontacts.SendActivationCodeInput{ContactChannelId: &arn}))
		second := code(h, mail, 2)
		if first != second {
			refused[*types.ValidationException](t, activate(c, arn, first))
		}
		for range 5 {
			refused[*types.ValidationException](t, activate(c, arn, other(second)))
		}
		refused[*types.ValidationException](t, activate(c, arn, second))
		must[*ssmcontacts.SendActivationCodeOutput](t)(c.SendActivationCode(ctx, &ssmcontacts.SendActivationCodeInput{ContactChannelId: &arn}))
		if err := activate(c, arn, code(h, mail, 3)); err != nil {
			t.Fatal(err)
		}
		if got := getChannel(t, c, arn); got.ActivationStatus != types.ActivationStatusActivated {
			t.Errorf("channel %+v", got)
		}

		// A new name changes nothing, a new address asks for a new activation.
		must[*ssmcontacts.UpdateContactChannelOutput](t)(c.UpdateContactChannel(ctx, &ssmcontacts.UpdateContactChannelInput{ContactChannelId: &arn, Name: awssdk.String("Büro")}))
		if got := getChannel(t, c, arn); *got.Name != "Büro" || got.ActivationStatus != types.ActivationStatusActivated {
			t.Errorf("renamed: %+v", got)
		}
		must[*ssmcontacts.UpdateContactChannelOutput](t)(c.UpdateContactChannel(ctx, &ssmcontacts.UpdateContactChannelInput{ContactChannelId: &arn,
			DeliveryAddress: &types.ContactChannelAddress{SimpleAddress: awssdk.String("new@example.org")}}))
		if got := getChannel(t, c, arn); *got.Name != "Büro" || *got.DeliveryAddress.SimpleAddress != "new@example.org" || got.ActivationStatus != types.ActivationStatusNotActivated {
			t.Errorf("moved: %+v", got)
		}
		if err := activate(c, arn, code(h, "new@example.org", 1)); err != nil {
			t.Fatal(err)
		}
		must[*ssmcontacts.DeactivateContactChannelOutput](t)(c.DeactivateContactChannel(ctx, &ssmcontacts.DeactivateContactChannelInput{ContactChannelId: &arn}))
		if got := getChannel(t, c, arn); got.ActivationStatus != types.ActivationStatusNotActivated {
			t.Errorf("deactivated: %+v", got)
		}

		// A deferred one is sent nothing; an address stands once; a plan has no channels.
		phone := newChannel(t, c, alice, types.ChannelTypeSms, "+15555550100", true)
		must[*ssmcontacts.SendActivationCodeOutput](t)(c.SendActivationCode(ctx, &ssmcontacts.SendActivationCodeInput{ContactChannelId: &phone}))
		code(h, "+15555550100", 1)
		if n := len(mails(h, tocsin.KindActivation, "+15555550100")); n != 1 {
			t.Errorf("%d codes were sent to a deferred channel that was asked for one", n)
		}
		create := func(contact string, kind types.ChannelType, address string) error {
			_, err := c.CreateContactChannel(ctx, &ssmcontacts.CreateContactChannelInput{ContactId: &contact, Name: awssdk.String("x"), Type: kind, DeliveryAddress: &types.ContactChannelAddress{SimpleAddress: &address}})
			return err
		}
		if e := refused[*types.ConflictException](t, create(alice, types.ChannelTypeSms, "+15555550100")); *e.ResourceId != phone || *e.ResourceType != "CONTACT_CHANNEL" {
			t.Errorf("%+v", e)
		}
		for _, tt := range []struct {
			contact string
			kind    types.ChannelType
			address string
			field   string
		}{
			{newContact(t, c, "team", types.ContactTypeEscalation), types.ChannelTypeEmail, mail, "ContactId"},
			{alice + "x", types.ChannelTypeEmail, mail, "ContactId"},
			{alice, types.ChannelTypeSms, "15555550100", "DeliveryAddress.SimpleAddress"},
			{alice, types.ChannelTypeVoice, "+1 555", "DeliveryAddress.SimpleAddress"},
			{alice, types.ChannelTypeEmail, "Al <a@example.org>", "DeliveryAddress.SimpleAddress"},
			{alice, types.ChannelTypeEmail, "a@example.org\r\nBcc: x@example.org", "DeliveryAddress.SimpleAddress"},
		} {
			if e := refused[*types.ValidationException](t, create(tt.contact, tt.kind, tt.address)); e.Reason != types.ValidationExceptionReasonFieldValidationFailed || *e.Fields[0].Name != tt.field {
				t.Errorf("%+v: %+v", tt, e)
			}
		}

		var listed []string
		pages := ssmcontacts.NewListContactChannelsPaginator(c, &ssmcontacts.ListContactChannelsInput{ContactId: &alice, MaxResults: awssdk.Int32(1)})
		for pages.HasMorePages() {
			for _, ch := range must[*ssmcontacts.ListContactChannelsOutput](t)(pages.NextPage(ctx)).ContactChannels {
				listed = append(listed, *ch.ContactChannelArn)
			}
		}
		if len(listed) != 2 || listed[0] != arn || listed[1] != phone {
			t.Errorf("channels %v", listed)
		}
		must[*ssmcontacts.DeleteContactChannelOutput](t)(c.DeleteContactChannel(ctx, &ssmcontacts.DeleteContactChannelInput{ContactChannelId: &arn}))
		_, err := c.GetContactChannel(ctx, &ssmcontacts.GetContactChannelInput{ContactChannelId: &arn})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != arn || *e.ResourceType != "CONTACT_CHANNEL" {
			t.Errorf("%+v", e)
		}
		must[*ssmcontacts.DeleteContactOutput](t)(c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &alice}))
		_, err = c.GetContactChannel(ctx, &ssmcontacts.GetContactChannelInput{ContactChannelId: &phone})
		refused[*types.ResourceNotFoundException](t, err)
	})
}

// TestNoAddressInErrors: what a person gave as an address stays out of answers.
func TestNoAddressInErrors(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	h.Set()
	alice := newPerson(t, h.Contacts(here), "alice")
	got := h.JSON("CreateContactChannel", `{"ContactId":"`+alice+`","Name":"x","Type":"EMAIL","DeliveryAddress":{"SimpleAddress":"secret-address"}}`)
	if got.Type != "ValidationException" || strings.Contains(got.Message, "secret-address") {
		t.Errorf("%+v", got)
	}
}
