/* frame_vectors.h - frames without FCS and what they say, as JSON with apostrophes; for Criterion
 * and a plain runner. */
#ifndef FRAME_VECTORS_H
#define FRAME_VECTORS_H

static const struct frame_vector {
	const char *name, *hex, *json;
} frame_vectors[] = {
	{"imm-ack v0", "02 00 6a", "{'type':'Ack','version':0,'sequence':106}"},
	{"imm-ack v1, pending", "12 10 16",
         "{'type':'Ack','version':1,'pending':true,'sequence':22}"},
	{"data v0, short to short, one PAN", "41 88 91 8f20 ffff 3344 aabbcc",
         "{'type':'Data','version':0,'pan_id_compression':true,'sequence':145,'destination':{'pan':"
         "'208f',"
         "'short':'ffff'},'source':{'short':'4433'},'payload':'aabbcc'}"},
	{"data v0, short to short, two PANs", "01 88 01 3412 7856 2143 bc9a def0",
         "{'type':'Data','version':0,'sequence':1,'destination':{'pan':'1234','short':'5678'},'"
         "source':{"
         "'pan':'4321','short':'9abc'},'payload':'def0'}"},
	{"data v0, short to extended source, two PANs",
         "01 c8 8b ffff 0200 2300 60e216211c4ac2ae aabbcc",
         "{'type':'Data','version':0,'sequence':139,'destination':{'pan':'ffff','short':'0002'},'"
         "source':{"
         "'pan':'0023','extended':'aec24a1c2116e260'},'payload':'aabbcc'}"},
	{"data v0, extended both, one PAN, ack request",
         "61 cc 05 cdab 0807060504030201 1817161514131211 00",
         "{'type':'Data','version':0,'ack_request':true,'pan_id_compression':true,'sequence':5,'"
         "destination':{"
         "'pan':'abcd','extended':'0102030405060708'},'source':{'extended':'1112131415161718'},'"
         "payload':'00'}"},
	{"data v1, no destination", "01 90 07 cdab 3412 ff",
         "{'type':'Data','version':1,'sequence':7,'source':{'pan':'abcd','short':'1234'},'payload':"
         "'ff'}"},
	{"data v1, no source", "01 18 07 cdab 3412 ff",
         "{'type':'Data','version':1,'sequence':7,'destination':{'pan':'abcd','short':'1234'},'"
         "payload':'ff'}"},
	{"data v1, no address", "01 10 07 ff",
         "{'type':'Data','version':1,'sequence':7,'payload':'ff'}"},
	{"data v1, bits of version 2 ignored", "01 13 07 ff",
         "{'type':'Data','version':1,'sequence':7,'payload':'ff'}"},
	{"beacon v0, empty lists", "00 80 0f 6419 0000 ff cf 00 00",
         "{'type':'Beacon','version':0,'sequence':15,'source':{'pan':'1964','short':'0000'},'"
         "beacon':{"
         "'beacon_order':15,'superframe_order':15,'final_cap_slot':15,'battery_life_extension':"
         "false,"
         "'pan_coordinator':true,'association_permit':true,'gts_permit':false,'gts':[],'pending_"
         "addresses':["
         "]},'payload':'ffcf0000'}"},
	{"beacon v0, GTS and pending addresses",
         "00 80 10 6419 0000 56 d9 82 01 3412 52 7856 31 12 0100 8877665544332211 00 22 84",
         "{'type':'Beacon','version':0,'sequence':16,'source':{'pan':'1964','short':'0000'},'"
         "beacon':{"
         "'beacon_order':6,'superframe_order':5,'final_cap_slot':9,'battery_life_extension':true,"
         "'pan_coordinator':true,'association_permit':true,'gts_permit':true,'gts':[{'short':'1234'"
         ",'slot':2,"
         "'length':5,'receive':true},{'short':'5678','slot':1,'length':3,'receive':false}],"
         "'pending_addresses':['0001','7788','2200112233445566'],'payload':'84'},"
         "'payload':'56d982013412527856311201008877665544332211002284'}"},
	{"beacon v0, reserved bits of the lists", "00 80 10 6419 0000 ffcf 78 88",
         "{'type':'Beacon','version':0,'sequence':16,'source':{'pan':'1964','short':'0000'},'"
         "beacon':{"
         "'beacon_order':15,'superframe_order':15,'final_cap_slot':15,'battery_life_extension':"
         "false,"
         "'pan_coordinator':true,'association_permit':true,'gts_permit':false,'gts':[],'pending_"
         "addresses':["
         "]},'payload':'ffcf7888'}"},
	{"beacon v0, Zigbee", "00 80 82 3131 0000 ffcf 00 00 00 22 84 e0d91b0054781500 ffffff 00",
         "{'type':'Beacon','version':0,'sequence':130,'source':{'pan':'3131','short':'0000"
         "'},'beacon':{'beacon_order':15,'superframe_order':15,'final_cap_slot':15,'batter"
         "y_life_extension':false,'pan_coordinator':true,'association_permit':true,'gts_pe"
         "rmit':false,'gts':[],'pending_addresses':[],'payload':'002284e0d91b0054781500fff"
         "fff00','network':{'kind':'Zigbee','extended_pan':'00157854001bd9e0','version':2,"
         "'profile':2,'depth':0,'update_id':0,'takes_routers':true,'takes_end_devices':tru"
         "e}},'payload':'ffcf0000002284e0d91b0054781500ffffff00','hint':'Zigbee'}"},
	{"command v0, association request", "23 c8 84 d2b2 0000 ffff 0100ff0000a2ffff 01 8e",
         "{'type':'Command','version':0,'ack_request':true,'sequence':132,'destination':{'"
         "pan':'b2d2','short':'0000'},'source':{'pan':'ffff','extended':'ffffa20000ff0001'"
         "},'command':{'name':'Association "
         "Request','id':1,'capability':'8e','ffd':true,'mains_power':true,'receiver_on':tr"
         "ue,'security_capable':false,'allocate_address':true},'payload':'018e'}"},
	{"command v0, association response",
         "63 cc 85 d2b2 88776655443322aa 1100ff0000a2ffff 02 9679 00",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequ"
         "ence':133,'destination':{'pan':'b2d2','extended':'aa22334455667788'},'source':{'"
         "extended':'ffffa20000ff0011'},'command':{'name':'Association "
         "Response','id':2,'short':'7996','status':0,'status_name':'successful'},'payload'"
         ":'02967900'}"},
	{"command v0, disassociation notification",
         "63 cc 86 d2b2 88776655443322aa 1100ff0000a2ffff 03 02",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequ"
         "ence':134,'destination':{'pan':'b2d2','extended':'aa22334455667788'},'source':{'"
         "extended':'ffffa20000ff0011'},'command':{'name':'Disassociation "
         "Notification','id':3,'reason':2,'reason_name':'device leaves'},'payload':'0302'}"},
	{"command v0, data request", "63 88 87 d2b2 0000 9679 04",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequence':"
         "135,"
         "'destination':{'pan':'b2d2','short':'0000'},'source':{'short':'7996'},'command':{"
         "'name':'Data Request','id':4},'payload':'04'}"},
	{"command v0, coordinator realignment",
         "23 cc 88 ffff 88776655443322aa d2b2 1100ff0000a2ffff 08 d3b2 0000 0f 9679 02",
         "{'type':'Command','version':0,'ack_request':true,'sequence':136,'destination':{'pan':'"
         "ffff',"
         "'extended':'aa22334455667788'},'source':{'pan':'b2d2','extended':'ffffa20000ff0011'},'"
         "command':{"
         "'name':'Coordinator Realignment','id':8,'pan':'b2d3','coordinator':'0000','channel':15,"
         "'short':'7996','page':2},'payload':'08d3b200000f967902'}"},
	{"command v0, GTS request", "63 88 89 d2b2 0000 9679 09 34",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequence':"
         "137,"
         "'destination':{'pan':'b2d2','short':'0000'},'source':{'short':'7996'},'command':{"
         "'name':'GTS "
         "Request','id':9,'gts_length':4,'receive':true,'allocate':true},'payload':'0934'}"},
	{"command v0, beacon request", "03 08 c4 ffff ffff 07",
         "{'type':'Command','version':0,'sequence':196,'destination':{'pan':'ffff','short':'ffff'},"
         "'command':{"
         "'name':'Beacon Request','id':7},'payload':'07'}"},
	{"command v1, vendor specific", "63 98 89 d2b2 0000 9679 24 9bb8ea 0102",
         "{'type':'Command','version':1,'ack_request':true,'pan_id_compression':true,'sequence':"
         "137,"
         "'destination':{'pan':'b2d2','short':'0000'},'source':{'short':'7996'},'command':{"
         "'name':'Vendor "
         "Specific','id':36,'vendor':'eab89b','content':'0102'},'payload':'249bb8ea0102'}"},
	{"command v0, reserved identifier", "63 88 89 d2b2 0000 9679 0c 55",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequence':"
         "137,"
         "'destination':{'pan':'b2d2','short':'0000'},'source':{'short':'7996'},'command':{'name':'"
         "Reserved',"
         "'id':12,'content':'55'},'payload':'0c55'}"},
	{"data v2, none none", "01 20 0a ee",
         "{'type':'Data','version':2,'sequence':10,'payload':'ee'}"},
	{"data v2, none none, PAN", "41 20 0a cdab ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd'},"
         "'payload':'ee'}"},
	{"data v2, destination short", "01 28 0a cdab 3412 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "payload':'ee'}"},
	{"data v2, destination short, no PAN", "41 28 0a 3412 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'short'"
         ":'1234'},"
         "'payload':'ee'}"},
	{"data v2, destination extended, no PAN", "41 2c 0a 8877665544332211 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{"
         "'extended':'1122334455667788'},'payload':'ee'}"},
	{"data v2, source short", "01 a0 0a cdab 3412 ee",
         "{'type':'Data','version':2,'sequence':10,'source':{'pan':'abcd','short':'1234'},'payload'"
         ":'ee'}"},
	{"data v2, source extended, no PAN", "41 e0 0a 8877665544332211 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'source':{"
         "'extended':'1122334455667788'},'payload':'ee'}"},
	{"data v2, extended both", "01 ec 0a cdab 8877665544332211 1817161514131211 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','extended':'"
         "1122334455667788'},"
         "'source':{'extended':'1112131415161718'},'payload':'ee'}"},
	{"data v2, extended both, no PAN", "41 ec 0a 8877665544332211 1817161514131211 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{"
         "'extended':'1122334455667788'},'source':{'extended':'1112131415161718'},'payload':'ee'}"},
	{"data v2, short both, two PANs", "01 a8 0a cdab 3412 efbe 7856 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "source':{"
         "'pan':'beef','short':'5678'},'payload':'ee'}"},
	{"data v2, short both, one PAN", "41 a8 0a cdab 3412 7856 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'source':{'short':'5678'},'payload':'ee'}"},
	{"data v2, short to extended source, two PANs",
         "01 e8 0a cdab 3412 efbe 8877665544332211 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "source':{"
         "'pan':'beef','extended':'1122334455667788'},'payload':'ee'}"},
	{"data v2, extended from short, one PAN", "41 ac 0a cdab 8877665544332211 7856 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd',"
         "'extended':'1122334455667788'},'source':{'short':'5678'},'payload':'ee'}"},
	{"data v2, no sequence number", "41 a9 cdab 3412 7856 ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'destination':{'pan':'abcd','short':"
         "'1234'},"
         "'source':{'short':'5678'},'payload':'ee'}"},
	{"data v2, CSL and termination 2", "41 aa 0a cdab 3412 7856 040d ed0b 350c 803f ee",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'source':{'short':'5678'},'header_ies':[{'name':'CSL','id':26,'phase':"
         "3053,"
         "'period':3125},{'name':'Header Termination 2','id':127}],'payload':'ee'}"},
	{"data v2, CSL with rendezvous time, unterminated",
         "41 aa 0a cdab 3412 7856 060d ed0b 350c 1000",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'source':{'short':'5678'},'header_ies':[{'name':'CSL','id':26,'phase':"
         "3053,"
         "'period':3125,'rendezvous_time':16}]}"},
	{"data v2, RIT", "01 2a 0a cdab 3412 840d 05 02 1000 803f ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'RIT','id':27,'time_to_first_listen':5,'repeat_count':2,'repeat_interval':16},{"
         "'name':'Header Termination 2','id':127}],'payload':'ee'}"},
	{"command v2, RIT data request, rendezvous time",
         "63 aa 0a cdab 3412 7856 840e 1000 2000 803f 20",
         "{'type':'Command','version':2,'ack_request':true,'pan_id_compression':true,'sequence':10,"
         "'destination':{'pan':'abcd','short':'1234'},'source':{'short':'5678'},'header_ies':[{"
         "'name':'Rendezvous Time','id':29,'rendezvous_time':16,'wakeup_interval':32},{"
         "'name':'Header Termination 2','id':127}],'command':{'name':'RIT Data Request','id':32},"
         "'payload':'20'}"},
	{"enhanced ack, time correction", "02 2e 37 cdab 0200020002000200 020f e18f",
         "{'type':'Ack','version':2,'sequence':55,'destination':{'pan':'abcd','extended':'"
         "0002000200020002'},"
         "'header_ies':[{'name':'Time Correction','id':30,'microseconds':-31,'nack':true}]}"},
	{"enhanced ack, secured, vendor",
         "4a aa 0b cdab 3412 7856 0d 05000000 01 0500 9bb8ea 0102 aabbccdd",
         "{'type':'Ack','version':2,'pan_id_compression':true,'sequence':11,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'source':{'short':'5678'},'security':{'level':5,'level_name':'ENC-MIC-32'"
         ","
         "'key_id_mode':1,'counter':5,'key_index':1},'header_ies':[{'name':'Vendor "
         "Specific','id':0,"
         "'vendor':'eab89b','content':'0102'}],'mic':'aabbccdd'}"},
	{"data v2, global time and Wi-SUN", "01 2a 0a cdab 3412 8414 78563412 0115 aa 803f",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'12"
         "34'},'header_ies':[{'name':'Global "
         "Time','id':41,'global_time':305419896},{'name':'Wi-SUN','wisun':'Reserved','id':"
         "42,'sub_id':170},{'name':'Header Termination 2','id':127}]}"},
	{"data v2, MLME and payload",
         "41 aa 0a cdab 3412 7856 003f 0888 061a 0504030201 07 00f8 7a33",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'source':{'short':'5678'},'header_ies':[{'name':'Header Termination "
         "1','id':126}],"
         "'payload_ies':[{'name':'MLME','id':1,'nested':[{'name':'TSCH Synchronization','id':26,"
         "'asn':4328719365,'join_metric':7}]},{'name':'Payload "
         "Termination','id':15}],'payload':'7a33'}"},
	{"enhanced beacon, TSCH",
         "40 eb cdab ffff 0100010001000100 003f 3788 061a 110000000000 191c "
         "01080780004808fc032003e80398089001"
         "c0006009a0101027 01c8 00 0f1b 01 01 1100 02 0000 0100 06 0100 0200 07",
         "{'type':'Beacon','version':2,'pan_id_compression':true,'destination':{'pan':'abcd','"
         "short':'ffff'},"
         "'source':{'extended':'0001000100010001'},'header_ies':[{'name':'Header Termination "
         "1','id':126}],"
         "'payload_ies':[{'name':'MLME','id':1,'nested':[{'name':'TSCH "
         "Synchronization','id':26,'asn':17,"
         "'join_metric':0},{'name':'TSCH "
         "Timeslot','id':28,'timeslot_id':1,'cca_offset':1800,'cca':128,"
         "'tx_offset':2120,'rx_offset':1020,'rx_ack_delay':800,'tx_ack_delay':1000,'rx_wait':2200,"
         "'ack_wait':400,'rx_tx':192,'max_ack':2400,'max_tx':4256,'timeslot_length':10000},{"
         "'name':'Channel Hopping','id':9,'hopping_sequence_id':0},{'name':'TSCH Slotframe and "
         "Link','id':27,"
         "'slotframe_count':1,'slotframes':[{'handle':1,'size':17,'links':[{'timeslot':0,'channel_"
         "offset':1,"
         "'options':6},{'timeslot':1,'channel_offset':2,'options':7}]}]}]}]}"},
	{"enhanced beacon, wide timeslot and hopping sequence",
         "00 22 01 003f 3388 1b1c 02 0807 8000 4808 fc03 2003 e803 9808 9001 c000 6009 a01000 "
         "a08601 14c8 01 0"
         "0 1000 ffff0700 0400 0f00 1400 1900 1a00 0100",
         "{'type':'Beacon','version':2,'sequence':1,'header_ies':[{'name':'Header Termination "
         "1','id':126}],"
         "'payload_ies':[{'name':'MLME','id':1,'nested':[{'name':'TSCH "
         "Timeslot','id':28,'timeslot_id':2,"
         "'cca_offset':1800,'cca':128,'tx_offset':2120,'rx_offset':1020,'rx_ack_delay':800,"
         "'tx_ack_delay':1000,'rx_wait':2200,'ack_wait':400,'rx_tx':192,'max_ack':2400,'max_tx':"
         "4256,"
         "'timeslot_length':100000},{'name':'Channel "
         "Hopping','id':9,'hopping_sequence_id':1,'page':0,"
         "'channel_count':16,'phy_configuration':'0007ffff','current_hop':1,'content':'"
         "0f00140019001a00'}]}]}"},
	{"payload IE list that its lengths do not cut right",
         "03 2a 0c ffff ffff 003f 0788 051e 0f 40 32 06 01 00 00f8 07",
         "{'type':'Command','version':2,'sequence':12,'destination':{'pan':'ffff','short':'ffff'},"
         "'header_ies':[{'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MLME','id':1,"
         "'nested':[{'name':'Enhanced Beacon "
         "Filter','id':30,'content':'0f40320601'}]}],'payload':'0000f807',"
         "'fault':{'words':'malformed information element','offset':18,'clause':'7.4.3.1 Payload "
         "IE format'}}"},
	{"enhanced beacon request, filter", "03 2a 0c ffff ffff 003f 0688 041e 0f 40 32 06 00f8 07",
         "{'type':'Command','version':2,'sequence':12,'destination':{'pan':'ffff','short':'ffff'},"
         "'header_ies':[{'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MLME','id':1,"
         "'nested':[{'name':'Enhanced Beacon "
         "Filter','id':30,'permit_join':true,'lqi':64,'percent':50,"
         "'attributes':'06'}]},{'name':'Payload Termination','id':15}],'command':{'name':'Beacon "
         "Request',"
         "'id':7},'payload':'07'}"},
	{"data v2, MPX full frame", "01 2a 0a cdab 3412 003f 0598 00 0000 aabb 00f8",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'12"
         "34'},'header_ies':[{'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MPX','id':3,'transfer_type':0,'transfer':'"
         "full','transaction_id':0,'multiplex_id':'0000','multiplex_name':'unknown','conte"
         "nt':'aabb'},{'name':'Payload Termination','id':15}]}"},
	{"data v2, MPX first fragment", "01 2a 0a cdab 3412 003f 0898 0a 00 0002 0000 aabb 00f8 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'12"
         "34'},'header_ies':[{'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MPX','id':3,'transfer_type':2,'transfer':'"
         "fragment','transaction_id':1,'fragment':0,'total_size':512,'multiplex_id':'0000'"
         ",'multiplex_name':'unknown','content':'aabb'},{'name':'Payload "
         "Termination','id':15}],'payload':'ee'}"},
	{"data v2, 6top request",
         "41 aa 0a cdab 3412 7856 003f 0da8 01 00 01 00 2a 0000 01 01 0700 0300 00f8",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination'"
         ":{'pan':'abcd','short':'1234'},'source':{'short':'5678'},'header_ies':[{'name':'"
         "Header Termination 1','id':126}],'payload_ies':[{'name':'IETF','id':5,'sixp_vers"
         "ion':0,'sixp_type':'request','code':1,'code_name':'ADD','sfid':0,'sequence':42,'"
         "content':'0000010107000300'},{'name':'Payload Termination','id':15}]}"},
	{"data v2, 6top under the sub-ID that is in use",
         "41 aa 0a cdab 3412 7856 003f 0da8 c9 00 01 00 2a 0000 01 01 0700 0300 00f8",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':10,'destination'"
         ":{'pan':'abcd','short':'1234'},'source':{'short':'5678'},'header_ies':[{'name':'"
         "Header Termination 1','id':126}],'payload_ies':[{'name':'IETF','id':5,'sixp_vers"
         "ion':0,'sixp_type':'request','code':1,'code_name':'ADD','sfid':0,'sequence':42,'"
         "content':'0000010107000300'},{'name':'Payload Termination','id':15}]}"},
	{"data v2, MPX with a multiplex ID of five bits",
         "01 2a 0a cdab 3412 003f 0398 09 aabb 00f8",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'12"
         "34'},'header_ies':[{'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MPX','id':3,'transfer_type':1,'transfer':'"
         "full','multiplex_id':'0001','multiplex_name':'KMP','kmp':'reserved','content':'a"
         "abb'},{'name':'Payload Termination','id':15}]}"},
	{"data v2, vendor payload IE", "01 2a 0a cdab 3412 003f 0590 9bb8ea 0102 00f8 ee",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination 1','id':126}],'payload_ies':[{'name':'Vendor Specific','id':2,"
         "'vendor':'eab89b','content':'0102'},{'name':'Payload "
         "Termination','id':15}],'payload':'ee'}"},
	{"data v2, ESDU", "01 2a 0a cdab 3412 003f 0280 0102",
         "{'type':'Data','version':2,'sequence':10,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'ESDU','id':0,'content':'0102'}]}"},
	{"data v1, MIC-64, no key identifier",
         "49 98 84 cdab ffff 0200 02 05000000 550102 1122334455667788",
         "{'type':'Data','version':1,'pan_id_compression':true,'sequence':132,'destination':{'pan':"
         "'abcd',"
         "'short':'ffff'},'source':{'short':'0002'},'security':{'level':2,'level_name':'MIC-64',"
         "'key_id_mode':0,'counter':5},'payload':'550102','mic':'1122334455667788'}"},
	{"data v2, ENC-MIC-32, key index",
         "49 a8 8e cdab 2402 2400 0d 02000000 01 6b64600855b8 18c7402e",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':142,'destination':{'pan':"
         "'abcd',"
         "'short':'0224'},'source':{'short':'0024'},'security':{'level':5,'level_name':'ENC-MIC-32'"
         ","
         "'key_id_mode':1,'counter':2,'key_index':1},'payload':'6b64600855b8','hint':'encrypted',"
         "'mic':'18c7402e'}"},
	{"data v2, key source of four octets, no counter, ASN in nonce",
         "49 a8 8e cdab 2402 2400 71 ffffffff ff 6b64 18c7402e",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':142,'destination':{'pan':"
         "'abcd',"
         "'short':'0224'},'source':{'short':'0024'},'security':{'level':1,'level_name':'MIC-32',"
         "'key_id_mode':2,'asn_in_nonce':true,'key_source':'ffffffff','key_index':255},'payload':'"
         "6b64',"
         "'mic':'18c7402e'}"},
	{"data v2, key source of eight octets",
         "49 a8 8e cdab 2402 2400 1f 03000000 0807060504030201 09 6b64 "
         "000102030405060708090a0b0c0d0e0f",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':142,'destination':{'pan':"
         "'abcd',"
         "'short':'0224'},'source':{'short':'0024'},'security':{'level':7,'level_name':'ENC-MIC-"
         "128',"
         "'key_id_mode':3,'counter':3,'key_source':'0102030405060708','key_index':9},'payload':'"
         "6b64',"
         "'hint':'encrypted','mic':'000102030405060708090a0b0c0d0e0f'}"},
	{"data v2, encrypted, payload IEs stay in the payload",
         "49 aa 8e cdab 2402 2400 0d 02000000 01 003f 6b64600855b8 18c7402e",
         "{'type':'Data','version':2,'pan_id_compression':true,'sequence':142,'destination':{'pan':"
         "'abcd',"
         "'short':'0224'},'source':{'short':'0024'},'security':{'level':5,'level_name':'ENC-MIC-32'"
         ","
         "'key_id_mode':1,'counter':2,'key_index':1},'header_ies':[{'name':'Header Termination "
         "1','id':126}],"
         "'payload':'6b64600855b8','hint':'encrypted','mic':'18c7402e'}"},
	{"multipurpose, short control", "05 2a ee",
         "{'type':'Multipurpose','version':0,'long_frame_control':false,'sequence':42,'payload':'"
         "ee'}"},
	{"multipurpose, short control, addresses", "a5 2a 3412 7856 ee",
         "{'type':'Multipurpose','version':0,'long_frame_control':false,'sequence':42,'destination'"
         ":{"
         "'short':'1234'},'source':{'short':'5678'},'payload':'ee'}"},
	{"multipurpose, long control", "ad 01 2a cdab 3412 7856 ee",
         "{'type':'Multipurpose','version':0,'long_frame_control':true,'sequence':42,'destination':"
         "{"
         "'pan':'abcd','short':'1234'},'source':{'short':'5678'},'payload':'ee'}"},
	{"multipurpose, long control, everything",
         "ad cb 2a cdab 3412 7856 0d 02000000 01 803f 01 18c7402e",
         "{'type':'Multipurpose','version':0,'long_frame_control':true,'pending':true,'ack_request'"
         ":true,"
         "'sequence':42,'destination':{'pan':'abcd','short':'1234'},'source':{'short':'5678'},'"
         "security':{"
         "'level':5,'level_name':'ENC-MIC-32','key_id_mode':1,'counter':2,'key_index':1},'header_"
         "ies':[{"
         "'name':'Header Termination "
         "2','id':127}],'payload':'01','hint':'encrypted','mic':'18c7402e'}"},
	{"multipurpose, no sequence number", "2d 04 3412 ee",
         "{'type':'Multipurpose','version':0,'long_frame_control':true,'destination':{'short':'"
         "1234'},"
         "'payload':'ee'}"},
	{"fragment", "4e 01 02 03 04", "{'type':'Fragment','payload':'4e01020304'}"},
	{"extended", "07 01 02 03", "{'type':'Extended','payload':'07010203'}"},
	{"6LoWPAN data", "41 d8 45 cdab ffff c2a39e00004b1200 7b093a2001",
         "{'type':'Data','version':1,'pan_id_compression':true,'sequence':69,'destination':{'pan':'"
         "abcd',"
         "'short':'ffff'},'source':{'extended':'00124b00009ea3c2'},'payload':'7b093a2001','hint':'"
         "6LoWPAN',"
         "'dispatch':'IPHC'}"},
	{"Thread MLE", "41 d8 bd cefa ffff 0200000000000a6e 7f33f04d4c4d4c8bf000",
         "{'type':'Data','version':1,'pan_id_compression':true,'sequence':189,'destination':{'pan':"
         "'face',"
         "'short':'ffff'},'source':{'extended':'6e0a000000000002'},'payload':'7f33f04d4c4d4c8bf000'"
         ","
         "'hint':'Thread MLE','dispatch':'IPHC'}"},
	{"Zigbee data", "61 88 83 0480 0000 0100 0812 0000 0100 1e d0",
         "{'type':'Data','version':0,'ack_request':true,'pan_id_compression':true,'sequence':131,"
         "'destination':{'pan':'8004','short':'0000'},'source':{'short':'0001'},'payload':'"
         "0812000001001ed0',"
         "'hint':'Zigbee'}"},
	{"empty", "",
         "{'fault':{'words':'ends inside a field','offset':0,"
         "'clause':'7.2.2 Frame Control field'}}"},
	{"one octet", "01",
         "{'type':'Data','payload':'01','fault':{'words':'ends inside a field','offset':1,"
         "'clause':'7.2.2 Frame Control field'}}"},
	{"version 3", "01 30 01 00 00",
         "{'type':'Data','version':3,'sequence':1,'payload':'0000','fault':{'words':'reserved "
         "frame version',"
         "'offset':1,'clause':'7.2.2.10 Frame Version field'}}"},
	{"reserved type", "04 00 01",
         "{'type':'Reserved','version':0,'payload':'01','fault':{'words':'reserved frame "
         "type','offset':0,"
         "'clause':'7.2.2.2 Frame Type field, Table 7-1'}}"},
	{"reserved destination mode", "01 14 01 cdab",
         "{'type':'Data','version':1,'sequence':1,'payload':'cdab','fault':{"
         "'words':'reserved addressing mode','offset':1,'clause':'7.2.2.9 Destination Addressing "
         "Mode field,"
         " Table 7-3'}}"},
	{"reserved mode before forbidden compression", "41 14 01 cdab",
         "{'type':'Data','version':1,'pan_id_compression':true,'sequence':1,'payload':'cdab','"
         "fault':{"
         "'words':'reserved addressing mode','offset':1,'clause':'7.2.2.9 Destination Addressing "
         "Mode field,"
         " Table 7-3'}}"},
	{"reserved source mode", "01 50 01 cdab",
         "{'type':'Data','version':1,'sequence':1,'payload':'cdab','fault':{"
         "'words':'reserved addressing mode','offset':1,'clause':'7.2.2.11 Source Addressing Mode "
         "field,"
         " Table 7-3'}}"},
	{"version 0, compression without source", "41 08 91 8f20 ffff 3344",
         "{'type':'Data','version':0,'pan_id_compression':true,'sequence':145,'destination':{'pan':"
         "'208f',"
         "'short':'ffff'},'payload':'3344','fault':{'words':'PAN ID compression without two "
         "addresses',"
         "'offset':0,'clause':'7.2.2.6 PAN ID Compression field'}}"},
	{"version 1, compression without addresses", "42 10 05",
         "{'type':'Ack','version':1,'pan_id_compression':true,'sequence':5,'fault':{"
         "'words':'PAN ID compression without two addresses','offset':0,"
         "'clause':'7.2.2.6 PAN ID Compression field'}}"},
	{"version 0 with security", "09 88 05 cdab 3412 cdab 7856 0102030405",
         "{'type':'Data','version':0,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "source':{"
         "'pan':'abcd','short':'5678'},'security_enabled':true,'payload':'0102030405','fault':{"
         "'words':'security of 2003','offset':0,'clause':'9.2 incoming frame security procedure: "
         "UNSUPPORTED_L"
         "EGACY'}}"},
	{"ends in the sequence number", "01 08",
         "{'type':'Data','version':0,'fault':{'words':'ends inside a field','offset':2,"
         "'clause':'7.2.3 Sequence Number field'}}"},
	{"ends in the destination PAN", "01 08 05 cd",
         "{'type':'Data','version':0,'sequence':5,'payload':'cd','fault':{'words':'ends inside a "
         "field',"
         "'offset':3,'clause':'7.2.4 to 7.2.7 addressing fields'}}"},
	{"ends in the destination address", "01 08 05 cdab 34",
         "{'type':'Data','version':0,'sequence':5,'destination':{'pan':'abcd'},'payload':'34','"
         "fault':{"
         "'words':'ends inside a field','offset':5,'clause':'7.2.4 to 7.2.7 addressing fields'}}"},
	{"ends in the source PAN", "01 88 05 cdab 3412 cd",
         "{'type':'Data','version':0,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "payload':'cd',"
         "'fault':{'words':'ends inside a field','offset':7,'clause':'7.2.4 to 7.2.7 addressing "
         "fields'}}"},
	{"ends behind the source PAN", "01 88 05 cdab 3412 cdab",
         "{'type':'Data','version':0,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "source':{"
         "'pan':'abcd'},'fault':{'words':'ends inside a field','offset':9,"
         "'clause':'7.2.4 to 7.2.7 addressing fields'}}"},
	{"ends in the source address", "41 c8 05 cdab 3412 01020304",
         "{'type':'Data','version':0,'pan_id_compression':true,'sequence':5,'destination':{'pan':'"
         "abcd',"
         "'short':'1234'},'payload':'01020304','fault':{'words':'ends inside a field','offset':7,"
         "'clause':'7.2.4 to 7.2.7 addressing fields'}}"},
	{"ends in the frame counter", "09 18 05 cdab 3412 05 0102",
         "{'type':'Data','version':1,'sequence':5,'destination':{'pan':'abcd','short':'1234'},"
         "'security_enabled':true,'payload':'0102','fault':{'words':'ends "
         "inside a field',"
         "'offset':8,'clause':'9.4.3 Frame Counter field'}}"},
	{"ends in the key identifier", "09 18 05 cdab 3412 0d 01020304",
         "{'type':'Data','version':1,'sequence':5,'destination':{'pan':'abcd','short':'1234'},"
         "'security_enabled':true,'fault':{'words':'ends inside a field','offset':12,"
         "'clause':'9.4.4 Key Identifier field'}}"},
	{"shorter than its MIC", "09 18 05 cdab 3412 05 01020304 aabb",
         "{'type':'Data','version':1,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "security':{"
         "'level':5,'level_name':'ENC-MIC-32','key_id_mode':0,'counter':67305985},'payload':'aabb',"
         "'fault':{'words':'ends inside a field','offset':12,"
         "'clause':'9.4.2.2 Security Level field, Table 9-6: MIC'}}"},
	{"header IE runs past the frame", "01 2a 05 cdab 3412 040d ed0b 35",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},"
         "'payload':'040ded0b35','fault':{'words':'malformed information element','offset':7,"
         "'clause':'7.4.2.1 Header IE format'}}"},
	{"payload IE in the header", "01 2a 05 cdab 3412 0288 0102",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},"
         "'payload':'02880102','fault':{'words':'malformed information element','offset':7,"
         "'clause':'7.4.2.1 Header IE format'}}"},
	{"header IE where payload IEs are due", "01 2a 05 cdab 3412 003f 040d ed0b 350c",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination 1','id':126}],'payload':'040ded0b350c','fault':{"
         "'words':'malformed information element','offset':9,'clause':'7.4.3.1 Payload IE "
         "format'}}"},
	{"payload IE without its type bit",
         "01 2a 05 cdab 3412 003f 1f00 "
         "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination 1','id':126}],"
         "'payload':'1f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f','fault':{"
         "'words':'malformed information element','offset':9,'clause':'7.4.3.1 Payload IE "
         "format'}}"},
	{"payload IE runs past the frame", "01 2a 05 cdab 3412 003f 0588 0102",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination 1','id':126}],'payload':'05880102','fault':{"
         "'words':'malformed information element','offset':9,'clause':'7.4.3.1 Payload IE "
         "format'}}"},
	{"nested IE runs past its payload IE", "01 2a 05 cdab 3412 003f 0388 051a 01 00f8",
         "{'type':'Data','version':2,'sequence':5,'destination':{'pan':'abcd','short':'1234'},'"
         "header_ies':[{"
         "'name':'Header Termination "
         "1','id':126}],'payload_ies':[{'name':'MLME','id':1,'nested':[],'fault':{"
         "'words':'malformed information element','offset':11,'clause':'7.4.4.1 Nested IE "
         "format'}},{"
         "'name':'Payload Termination','id':15}]}"},
	{"multipurpose, version 1", "0d 10 05",
         "{'type':'Multipurpose','version':1,'long_frame_control':true,'sequence':5,'fault':{"
         "'words':'reserved frame version','offset':1,"
         "'clause':'7.3.5 Multipurpose Frame Control field: Frame Version'}}"},
	{"multipurpose, reserved mode", "15 2a ee",
         "{'type':'Multipurpose','version':0,'long_frame_control':false,'sequence':42,'payload':'"
         "ee','fault':{"
         "'words':'reserved addressing mode','offset':0,'clause':'7.2.2.9 Destination Addressing "
         "Mode field,"
         " Table 7-3'}}"},
	{"beacon ends in its GTS list", "00 80 10 6419 0000 56d9 82 01 3412",
         "{'type':'Beacon','version':0,'sequence':16,'source':{'pan':'1964','short':'0000'},'"
         "beacon':{"
         "'beacon_order':6,'superframe_order':5,'final_cap_slot':9,'battery_life_extension':true,"
         "'pan_coordinator':true,'association_permit':true,'gts_permit':true,'gts':[],'pending_"
         "addresses':[],"
         "'fault':{'words':'ends inside a field','offset':4,'clause':'7.3.1.5 GTS Info field'}},"
         "'payload':'56d982013412'}"},
	{"association response ends in its address",
         "63 cc 85 d2b2 88776655443322aa 1100ff0000a2ffff 02 96",
         "{'type':'Command','version':0,'ack_request':true,'pan_id_compression':true,'sequence':"
         "133,"
         "'destination':{'pan':'b2d2','extended':'aa22334455667788'},'source':{'extended':'"
         "ffffa20000ff0011'},"
         "'command':{'name':'Association Response','id':2,'fault':{'words':'ends inside a "
         "field','offset':2,"
         "'clause':'7.5.3 Association Response command'}},'payload':'0296'}"},
};

#endif
