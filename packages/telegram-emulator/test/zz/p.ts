import { connect, signIn } from '../gramjs.ts'
import { Api } from 'telegram/tl/index.js'
import { CustomFile } from 'telegram/client/uploads.js'
import { NewMessage } from 'telegram/events/index.js'
import { EditedMessage } from 'telegram/events/EditedMessage.js'
import { DeletedMessage } from 'telegram/events/DeletedMessage.js'
const C='http://127.0.0.1:21480'
const emu={dcs:await (await fetch(C+'/dcs')).json(),publicKeyPem:await (await fetch(C+'/key')).text(),controlUrl:C} as any
const P=async(n:string,f:()=>Promise<any>)=>{try{const r=await f();console.log(`[${n}]`,JSON.stringify(r,(k,v)=>k==='_client'||k==='client'?undefined:typeof v==='bigint'?String(v):v)?.slice(0,300))
return r}catch(e:any){console.log(`[${n}] !!!`,e.errorMessage??e.stack?.slice(0,400))}}
const a=await connect(emu); await signIn(a,'+9996623401'); const b=await connect(emu); await signIn(b,'+9996623402')
const me=await a.getMe() as any, bo=await b.getMe() as any
const heard:any[]=[]; b.addEventHandler((e:any)=>heard.push(['n',e.message.text]),new NewMessage({incoming:true})); b.addEventHandler((e:any)=>heard.push(['e',e.message.text]),new EditedMessage({})); b.addEventHandler((e:any)=>heard.push(['d',e.deletedIds]),new DeletedMessage({}))
const B=bo.username, A=me.username
const m=await P('send',()=>a.sendMessage(B,{message:'**b** __i__ `c` [l](https://x.org)'}))
console.log(m?.entities?.map((e:any)=>e.className))
await P('html',()=>a.sendMessage(B,{message:`<a href="tg://user?id=${bo.id}">u</a> <spoiler>s</spoiler> <blockquote>q</blockquote> https://auto.link #tag`,parseMode:'html'}).then(m=>m.entities?.map(e=>e.className)))
await P('reply',()=>a.sendMessage(B,{message:'r',replyTo:m}).then(m=>m.replyTo))
await P('silent',()=>a.sendMessage(B,{message:'r',silent:true}).then(m=>m.silent))
await P('schedule',()=>a.sendMessage(B,{message:'r',schedule:Math.floor(Date.now()/1000)+600}))
const f=new CustomFile('a.bin',300000,'',Buffer.alloc(300000,7))
const fm=await P('file',()=>a.sendFile(B,{file:f,caption:'cap',forceDocument:true}).then(m=>({id:m.id,t:(m.media as any)?.className})))
await P('album',()=>a.sendFile(B,{file:[f,f],caption:['x','y']}).then((m:any)=>Array.isArray(m)?m.length:m.id))
await P('voice',()=>a.sendFile(B,{file:f,voiceNote:true}).then(m=>(m.media as any).document.attributes.map((x:any)=>x.className)))
await P('videonote',()=>a.sendFile(B,{file:f,videoNote:true}).then(m=>(m.media as any).document.attributes.map((x:any)=>x.className)))
await P('upload big workers',()=>a.sendFile(B,{file:new CustomFile('b.bin',15_000_000,'',Buffer.alloc(15_000_000,3)),workers:4,forceDocument:true}).then(async m=>{const x=await a.downloadMedia(m,{}) as Buffer;return [x.length,x.equals(Buffer.alloc(15_000_000,3))]}))
await P('edit',()=>a.editMessage(B,{message:m.id,text:'edited'}).then(m=>m?.text))
await P('edit file',()=>a.editMessage(B,{message:fm.id,text:'cap2'}).then(m=>m?.text))
await P('forward',()=>a.forwardMessages('me',{messages:[m.id],fromPeer:B}).then(m=>m.length))
await P('delete',()=>a.deleteMessages(B,[m.id],{revoke:true}))
await P('pin',()=>a.pinMessage(B,fm.id))
await P('markAsRead',()=>b.markAsRead(A))
await P('getMessages',()=>b.getMessages(A,{limit:5}).then(l=>l.map(x=>x.text)))
await P('search',()=>b.getMessages(A,{search:'cap'}).then(l=>l.map(x=>x.text)))
await P('ids',()=>a.getMessages('reading_room_demo',{ids:[5,6,99999]}).then(l=>l.map(x=>x?.id)))
await P('filter',()=>a.getMessages('reading_room_demo',{filter:new Api.InputMessagesFilterPhotos(),limit:3}).then(l=>l.map(x=>x?.id)))
await P('from',()=>a.getMessages('reading_room_talk_demo',{fromUser:'me',limit:3}).then(l=>l.map(x=>x?.id)))
await P('replyTo',()=>a.getMessages('reading_room_demo',{replyTo:6,limit:3}).then(l=>l.map(x=>x?.id)))
await P('reverse',()=>a.getMessages('reading_room_demo',{reverse:true,limit:3}).then(l=>l.map(x=>x?.id)))
await P('offsetDate',()=>a.getMessages('reading_room_demo',{offsetDate:1780000000,limit:3}).then(l=>l.map(x=>x?.id)))
await P('minmax',()=>a.getMessages('reading_room_demo',{minId:10,maxId:20}).then(l=>l.map(x=>x?.id)))
await P('dialogs',()=>a.getDialogs({}).then(l=>[l.length,l.total]))
await P('archived',()=>a.getDialogs({archived:true}).then(l=>[l.length,l.total]))
await P('participants',()=>a.getParticipants('reading_room_talk_demo',{}).then(l=>[l.length,l.total]))
await P('part search',()=>a.getParticipants('reading_room_talk_demo',{search:'Emil'}).then(l=>[l.length,l.total]))
await P('entity',async()=>[(await a.getEntity('https://t.me/reading_room_demo') as any).title,(await a.getEntity('me') as any).firstName,(await a.getInputEntity(-1001523846709 as any) as any).className])
await P('profile photo',()=>a.downloadProfilePhoto('reading_room_demo').then((x:any)=>x?.length))
const ph=(await a.getMessages('reading_room_demo',{filter:new Api.InputMessagesFilterPhotos(),limit:1}))[0]!
await P('photo thumb',async()=>[(await a.downloadMedia(ph,{thumb:0}) as any)?.length,(await a.downloadMedia(ph,{thumb:1}) as any)?.length,(await a.downloadMedia(ph) as any)?.length])
await P('invite',()=>a.getEntity('https://t.me/+abc'))
await P('2fa',async()=>{await a.updateTwoFaSettings({newPassword:'pw',hint:'h',isCheckPassword:false} as any);await a.updateTwoFaSettings({currentPassword:'pw',newPassword:'pw2',isCheckPassword:false} as any);await a.updateTwoFaSettings({currentPassword:'pw2',newPassword:'',isCheckPassword:false} as any);return 'ok'})
await P('catchUp',()=>a.catchUp() as any)
await P('poll',()=>a.sendFile(B,{file:new Api.InputMediaPoll({poll:new Api.Poll({id:0 as any,question:new Api.TextWithEntities({text:'q',entities:[]}),answers:[new Api.PollAnswer({text:new Api.TextWithEntities({text:'1',entities:[]}),option:Buffer.from('1')}),new Api.PollAnswer({text:new Api.TextWithEntities({text:'2',entities:[]}),option:Buffer.from('2')})]})}) as any}).then(m=>(m.media as any).className))
await P('fullUser',()=>a.invoke(new Api.users.GetFullUser({id:B})).then((x:any)=>Object.keys(x.fullUser).length))
await P('unsupported',()=>a.invoke(new Api.stories.GetAllStories({})))
await P('invokeWithoutUpdates',()=>a.invoke(new Api.InvokeWithoutUpdates({query:new Api.help.GetConfig()})).then((x:any)=>x.className))
await new Promise(r=>setTimeout(r,1000)); console.log(JSON.stringify(heard))
// start() with callbacks and bot
const c=await connect(emu); await P('start',()=>c.start({phoneNumber:'+9996621002',password:async()=>'telegather',phoneCode:async()=>'22222',onError:(e)=>{console.log('onError',e.message)}}))
const d=await connect(emu); await P('start dc4',()=>d.start({phoneNumber:'+9996641003',phoneCode:async()=>'44444',onError:(e)=>{console.log('onError',e.message)}})); await P('me',()=>d.getMe().then((x:any)=>x.phone))
const g=await connect(emu); await P('bot',()=>g.start({botAuthToken:'6700000001:AAE-demo-bot-of-telegram-emulator-0'} as any)); g.addEventHandler(async(e:any)=>{try{console.log('bot heard',e.message.text);await e.message.respond({message:'pong'})}catch(x:any){console.log('BOT',x.message)}},new NewMessage({incoming:true}))
await a.sendMessage('emulator_demo_bot',{message:'/ping'}); await new Promise(r=>setTimeout(r,1000)); await P('pong',()=>a.getMessages('emulator_demo_bot',{limit:2}).then(l=>l.map(x=>x.text)))
await P('qr',async()=>{const q=await connect(emu); await q.signInUserWithQrCode({apiId:1,apiHash:'any'},{onError:async e=>{console.log(e.message);return true},qrCode:async({token})=>{setTimeout(()=>void a.invoke(new Api.auth.AcceptLoginToken({token})),200)},password:async()=>'x'}); const r=(await q.getMe() as any).phone; await q.destroy(); return r})
for (const x of [a,b,c,d,g]) await x.destroy()
process.exit(0)
