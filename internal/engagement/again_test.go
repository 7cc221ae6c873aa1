package engagement_test

import "testing"

func TestOptions(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"repeated: for those who have not answered", `team: ann bob for 15m | repeat 1
			engage team
			12 ack bob`, `0 ann mail; 0 bob mail; 10 ann sms; 10 bob sms; 15 repeat team; 15 ann mail; 25 ann sms`},
		{"an essential answer ends the repeats", `team: ann! bob for 15m | repeat 3
			engage team
			16 ack ann`, `0 ann mail; 0 bob mail; 10 ann sms; 10 bob sms; 15 repeat team; 15 ann mail; 15 bob mail; 16 end team`},
		{"a last stage without minutes is waited for", `eve: mail for 1m, sms | repeat 2
			engage eve`, `0 eve mail; 1 eve sms; 6 repeat eve; 6 eve mail; 7 eve sms; 12 repeat eve; 12 eve mail; 13 eve sms`},
		{"a person's plan repeats within a plan", `eve: mail for 5m | repeat 1
			team: eve for 20m, cid
			engage team`, `0 eve mail; 5 repeat eve; 5 eve mail; 20 cid mail`},
		{"down over a repeat: only the stage that is current", `eve: mail for 10m, sms for 10m | repeat 2
			engage eve
			5 down 45`, `0 eve mail; 45 skip eve/1: passed; 45 repeat eve; 45 skip eve/0: passed; 45 skip eve/1: passed; 45 repeat eve; 45 eve mail late 5m; 50 eve sms`},
		{"down until all is over: the last stage", `eve: mail for 10m, sms for 10m | repeat 1
			engage eve
			5 down 600`, `0 eve mail; 600 skip eve/1: passed; 600 repeat eve; 600 skip eve/0: passed; 600 eve sms late 9h30m`},

		{"an answer goes stale", `team: ann! for 5m, bob | ack 30
			engage team
			2 ack ann
			33 ack ann`, `0 ann mail; 2 end team; 32 stale team; 32 ann mail; 33 end team; 63 stale team; 63 ann mail; 68 bob mail; 73 ann sms; 78 bob sms`},
		{"it is the latest answer that counts", `team: ann bob for 5m | ack 30
			engage team
			2 ack ann
			9 ack bob`, `0 ann mail; 0 bob mail; 39 stale team; 39 ann mail; 39 bob mail; 49 ann sms; 49 bob sms`},
		{"a person alone", `eve: mail for 5m, sms | ack 10
			engage eve
			1 ack eve`, `0 eve mail; 11 stale eve; 11 eve mail; 16 eve sms`},
		{"down when it goes stale", `team: ann! for 5m, bob | ack 30
			engage team
			2 ack ann
			20 down 60`, `0 ann mail; 2 end team; 60 stale team; 60 skip team/0: passed; 60 skip bob/0: passed; 60 bob sms late 13m`},
		{"the option is taken away before", `team: ann! for 5m, bob | ack 30
			engage team
			2 ack ann
			3 edit team: ann! for 5m, bob`, `0 ann mail; 2 end team`},
		{"and after: what has begun stays", `team: ann! for 5m, bob | ack 30
			engage team
			2 ack ann
			33 edit team: ann! for 5m, bob`, `0 ann mail; 2 end team; 32 stale team; 32 ann mail; 37 bob mail; 42 ann sms; 47 bob sms`},

		{"the fallback, when all has passed and nobody has answered", `team: ann for 5m, bob | fallback cid
			engage team`, `0 ann mail; 5 bob mail; 10 ann sms; 15 bob sms; 20 fallback team cid; 20 cid mail`},
		{"not where somebody has answered", `team: ann for 5m, bob | fallback cid
			engage team
			14 ack ann`, `0 ann mail; 5 bob mail; 10 ann sms; 15 bob sms`},
		{"any answer ends it", `eve: mail for 5m, sms
			team: ann for 5m | fallback eve
			engage team
			16 ack ann`, `0 ann mail; 10 ann sms; 15 fallback team eve; 15 eve mail; 16 end eve`},
		{"after the repeats", `team: cid for 5m | repeat 1 fallback ann
			engage team`, `0 cid mail; 5 repeat team; 5 cid mail; 10 fallback team ann; 10 ann mail; 20 ann sms`},
		{"at once where the plan reaches nobody", `night: from 700 ann
			team: eve for 30m, night | fallback cid
			engage team`, `0 skip team/0 eve: the contact does not exist; 0 fallback team cid; 0 cid mail; 30 skip night/-1: nobody is on call`},
		{"not while a repeat will reach somebody", `night: from 10 cid
			team: night for 12m | repeat 1 fallback ann
			engage team`, `0 skip night/-1: nobody is on call; 12 repeat team; 12 cid mail; 24 fallback team ann; 24 ann mail; 34 ann sms`},
		{"a schedule's", `night: from 9 ann | fallback cid
			engage night`, `0 skip night/-1: nobody is on call; 0 fallback night cid; 0 cid mail`},
		{"of what was engaged only", `inner: bob | fallback cid
			team: inner
			engage team`, `0 bob mail; 10 bob sms`},
		{"a fallback that is the plan itself", `team: eve | fallback team
			engage team`, `0 skip team/0 eve: the contact does not exist; 0 fallback team team; 0 skip team/-1 team: the plan leads back to itself`},
		{"a fallback that does not exist", `team: eve | fallback zoe
			engage team`, `0 skip team/0 eve: the contact does not exist; 0 fallback team zoe; 0 skip team/-1 zoe: the contact does not exist`},
		{"anew after a stale answer", `team: cid for 5m | ack 10 fallback bob
			engage team
			1 ack cid`, `0 cid mail; 11 stale team; 11 cid mail; 16 fallback team bob; 16 bob mail; 26 bob sms`},

		{"longer than half an hour between two stages", `team: ann for 5m, bob | minutes 120
			engage team`, `0 ann mail; 10 ann sms; 120 bob mail; 130 bob sms`},
		{"minutes for some stages only", `eve: mail for 5m, sms for 5m, voice | minutes 45
			engage eve`, `0 eve mail; 45 eve sms; 50 eve voice`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { expect(t, people+c.script, c.want) })
	}
}
